/** How the program calls itself in what it writes. */
export const TOOL_NAME = 'kubectl asa-backup';
