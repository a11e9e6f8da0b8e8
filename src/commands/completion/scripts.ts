import { PROGRAM_NAME } from '../names.ts';

/**
 * What makes a shell ask the program for completions of `kubectl-asa_backup` itself. Behind `kubectl`, kubectl's own
 * completion asks, by way of {@link KUBECTL_SCRIPT}; behind `tanzu`, that of tanzu does.
 */
export const SHELLS: Readonly<Record<string, string>> = {
  bash: `_asa_backup() {
  local words=() last= word line out directive
  # Bash takes "=" for a word of its own.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ ($word == = && $last == --*) || $last == --*= ]]; then
      last+=$word
      words[\${#words[@]} - 1]=$last
    else
      last=$word
      words+=("$word")
    fi
  done
  COMPREPLY=()
  out=$(${PROGRAM_NAME} __complete "\${words[@]}" 2>/dev/null) || return
  directive=\${out##*:}
  while IFS= read -r line; do
    [[ $line == :* ]] && continue
    line=\${line%%$'\\t'*}
    [[ $last == --*=* ]] && line=\${line#*=}
    COMPREPLY+=("$(printf %q "$line")")
  done <<< "$out"
  [[ $directive == 0 ]] && compopt -o default 2>/dev/null
}
complete -F _asa_backup ${PROGRAM_NAME}
`,
  zsh: `#compdef ${PROGRAM_NAME}
_asa_backup() {
  local out directive line
  local -a described
  out=$(${PROGRAM_NAME} __complete "\${(@)words[2,CURRENT]}" 2>/dev/null) || return
  directive=\${out##*:}
  while IFS= read -r line; do
    [[ $line == :* ]] && continue
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${line#*$'\\t'}:+:\${line#*$'\\t'}}")
  done <<< "$out"
  _describe 'asa-backup' described
  [[ $directive == 0 ]] && _files
}
compdef _asa_backup ${PROGRAM_NAME}
`,
  fish: `function __asa_backup
    set -l words (commandline -opc) (commandline -ct)
    ${PROGRAM_NAME} __complete $words[2..-1] 2>/dev/null | string match -v ':*'
end
complete -c ${PROGRAM_NAME} -f -a '(__asa_backup)'
complete -c ${PROGRAM_NAME} -n 'not string match -q -- "-*" (commandline -ct)' -F
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName '${PROGRAM_NAME}' -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '' }
  & ${PROGRAM_NAME} __complete @words 2>$null | Where-Object { $_ -notmatch '^:\\d+$' } | ForEach-Object {
    $value, $description = $_ -split "\`t", 2
    if (-not $description) { $description = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
  }
}
`,
};

/** What kubectl (1.26 and later) calls for completions behind `kubectl asa-backup`. */
export const KUBECTL_SCRIPT = `#!/bin/sh\nexec kubectl asa-backup __complete "$@"\n`;

/** The name under which kubectl looks for it in the PATH. */
export const KUBECTL_SCRIPT_NAME = 'kubectl_complete-asa_backup';
