import { PROGRAM_NAME } from '../program/names.ts';

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
  # Words up to the cursor, without their quotes; of the one that it stands in, what is before it.
  $elements = @($ast.CommandElements | Where-Object { $_.Extent.StartOffset -lt $position })
  $words = @($elements | Select-Object -Skip 1 | ForEach-Object {
    if ($_.Extent.EndOffset -gt $position) {
      $_.Extent.Text.Substring(0, $position - $_.Extent.StartOffset).TrimStart('''"')
    } elseif ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
      $_.Value
    } else {
      $_.Extent.Text
    }
  })
  if ($elements[-1].Extent.EndOffset -lt $position) {
    # Before PowerShell 7.3 an empty argument is lost on its way to a program, and a pair of quotes is one.
    $passing = Get-Variable PSNativeCommandArgumentPassing -ValueOnly -ErrorAction Ignore
    $words += if ($null -eq $passing -or $passing -eq 'Legacy') { '""' } else { '' }
  }
  $lines = @(& ${PROGRAM_NAME} __complete @words 2>$null)
  $results = @($lines -notmatch '^:\\d+$' | ForEach-Object {
    $value, $description = $_ -split "\`t", 2
    if (-not $description) { $description = $value }
    $text = $value
    if ($value -notmatch '^[\\w./:=+*\\\\-]+$') { $text = "'" + ($value -replace "'", "''") + "'" }
    [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
  })
  # An empty text keeps PowerShell from offering files where none are meant.
  if ($results.Count -eq 0 -and $lines[-1] -eq ':4') { '' } else { $results }
}
`,
};

/** What kubectl (1.26 and later) calls for completions behind `kubectl asa-backup`. */
const KUBECTL_SCRIPT = `#!/bin/sh\nexec kubectl asa-backup __complete "$@"\n`;

const SCRIPT_NAME = 'kubectl_complete-asa_backup';

/** The same script by the name under which kubectl looks for it in the PATH, for the system's kind of scripts. */
export function kubectlScript(platform: NodeJS.Platform): { name: string; text: string } {
  if (platform !== 'win32') return { name: SCRIPT_NAME, text: KUBECTL_SCRIPT };
  return { name: `${SCRIPT_NAME}.cmd`, text: '@kubectl asa-backup __complete %*\r\n' };
}
