/**
 * Scripts that complete command lines in shells, made from the table of commands. Never knows a command or an option of
 * its own, and never starts the runner: completing must be quick and needs no permission.
 */

import { COMMAND_NAMES, type CommandName, COMMANDS, optionsOfCommand } from "./commands.ts";
import { type Option, wordsOf } from "./option.ts";
import { optionText } from "./help.ts";

/** The shells that can be served. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of them. */
export type Shell = typeof SHELLS[number];

/** Whether a word is the name of a shell that can be served. */
export function isShell(word: string): word is Shell {
  return SHELLS.some((shell) => shell === word);
}

/** The script for a shell. */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case "bash":
      return bash();
    case "zsh":
      return zsh();
    case "fish":
      return fish();
    case "powershell":
      return powershell();
  }
}

/** What the value of an option is, for a shell that completes it. */
type Kind = "none" | "words" | "file" | "folder" | "text";

function kindOf(option: Option): Kind {
  const { value } = option;
  if (value === undefined) return "none";
  if (wordsOf(option).length > 0) return "words";
  if (/^DIR$/.test(value)) return "folder";
  return /FILE|DIR|PACK|HOST/.test(value) ? "file" : "text";
}

/** Every option once: an option of a name has the same value wherever it is. */
function allOptions(): Option[] {
  const options = COMMAND_NAMES.flatMap((name) => optionsOfCommand(name));
  return [...new Map(options.map((option) => [option.name, option])).values()];
}

/** How an option is written: `--out`, and `-o` where there is a letter. */
function spellings({ name, letter, also = [] }: Option): string[] {
  return [`--${name}`, ...also.map((other) => `--${other}`), ...(letter === undefined ? [] : [`-${letter}`])];
}

/** The patterns for a `case` of the options whose values are of a kind; none when there are no such options. */
function patterns(kind: Kind): string {
  return allOptions().filter((option) => kindOf(option) === kind).flatMap(spellings).join("|");
}

/** A branch of a `case` for each option that takes one of several words. */
function wordBranches(branch: (pattern: string, words: string) => string): string[] {
  return allOptions().filter((option) => kindOf(option) === "words")
    .map((option) => branch(spellings(option).join("|"), wordsOf(option).join(" ")));
}

/** Commands whose argument is of a kind, as a pattern for a `case`. */
function commandsWith(argument: "pack" | "run" | "folder"): string {
  return COMMAND_NAMES.filter((name) => COMMANDS[name].argument === argument).join("|");
}

/** What may follow the name of a command, for those that have such words. */
function actionBranches(branch: (command: string, words: string) => string): string[] {
  return COMMAND_NAMES.flatMap((name) => {
    const { actions = [], argument } = COMMANDS[name];
    const words = argument === "command" ? COMMAND_NAMES : actions;
    return words.length === 0 ? [] : [branch(name, words.join(" "))];
  });
}

function bash(): string {
  const options = (name: CommandName) => optionsOfCommand(name).flatMap(spellings).join(" ");
  return [
    "# Completions of greentic-runner for bash.",
    "_greentic_runner_reply() {",
    "  local IFS=$'\\n'",
    '  COMPREPLY=($(compgen "$@"))',
    "}",
    "_greentic_runner() {",
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}"',
    "  COMPREPLY=()",
    "  if ((COMP_CWORD == 1)); then",
    `    _greentic_runner_reply -W $'${COMMAND_NAMES.join("\\n")}\\n--help\\n--version' -- "$cur"`,
    '    if ((${#COMPREPLY[@]} == 0)); then compopt -o filenames; _greentic_runner_reply -f -- "$cur"; fi',
    "    return",
    "  fi",
    '  case "$prev" in',
    ...wordBranches((pattern, words) =>
      `    ${pattern}) _greentic_runner_reply -W $'${words.replaceAll(" ", "\\n")}' -- "$cur"; return ;;`
    ),
    `    ${patterns("file")}) compopt -o filenames; _greentic_runner_reply -f -- "$cur"; return ;;`,
    `    ${patterns("folder")}) compopt -o filenames; _greentic_runner_reply -d -- "$cur"; return ;;`,
    `    ${patterns("text")}) return ;;`,
    "  esac",
    '  if [[ "$cur" == -* ]]; then',
    '    case "$command" in',
    ...COMMAND_NAMES.map((name) =>
      `      ${name}) _greentic_runner_reply -W $'${
        options(name).replaceAll(" ", "\\n")
      }' -- "$cur"; return ;;`
    ),
    `      *) _greentic_runner_reply -W $'${options("run").replaceAll(" ", "\\n")}' -- "$cur"; return ;;`,
    "    esac",
    "  fi",
    "  if ((COMP_CWORD == 2)); then",
    '    case "$command" in',
    ...actionBranches((command, words) =>
      `      ${command}) _greentic_runner_reply -W $'${words.replaceAll(" ", "\\n")}' -- "$cur"; return ;;`
    ),
    "    esac",
    "  fi",
    '  case "$command" in',
    `    ${commandsWith("pack")}|${
      commandsWith("run")
    }) compopt -o filenames; _greentic_runner_reply -f -- "$cur" ;;`,
    `    ${commandsWith("folder")}) compopt -o filenames; _greentic_runner_reply -d -- "$cur" ;;`,
    "  esac",
    "}",
    "complete -F _greentic_runner greentic-runner",
    "",
  ].join("\n");
}

/** A word between single quotes, for shells that know no escape within them. */
function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A word and what it is, as zsh describes them. */
function described(word: string, text: string): string {
  return single(`${word.replaceAll(":", "\\:")}:${text.replaceAll(":", "\\:")}`);
}

function zsh(): string {
  const options = (name: CommandName) =>
    optionsOfCommand(name).map((option) => described(`--${option.name}`, optionText(option))).join(" ");
  return [
    "#compdef greentic-runner",
    "_greentic_runner() {",
    "  local -a commands options",
    "  if ((CURRENT == 2)); then",
    `    commands=(${COMMAND_NAMES.map((name) => described(name, COMMANDS[name].summary)).join(" ")})`,
    "    _describe command commands",
    "    _files",
    "    return",
    "  fi",
    '  case "${words[CURRENT-1]}" in',
    ...wordBranches((pattern, words) => `    ${pattern}) compadd ${words}; return ;;`),
    `    ${patterns("file")}) _files; return ;;`,
    `    ${patterns("folder")}) _files -/; return ;;`,
    `    ${patterns("text")}) _message value; return ;;`,
    "  esac",
    '  if [[ "${words[CURRENT]}" == -* ]]; then',
    '    case "${words[2]}" in',
    ...COMMAND_NAMES.map((name) => `      ${name}) options=(${options(name)}) ;;`),
    `      *) options=(${options("run")}) ;;`,
    "    esac",
    "    _describe -o option options",
    "    return",
    "  fi",
    "  if ((CURRENT == 3)); then",
    '    case "${words[2]}" in',
    ...actionBranches((command, words) => `      ${command}) compadd ${words}; return ;;`),
    "    esac",
    "  fi",
    '  case "${words[2]}" in',
    `    ${commandsWith("pack")}|${commandsWith("run")}) _files ;;`,
    `    ${commandsWith("folder")}) _files -/ ;;`,
    "  esac",
    "}",
    "# Read from a file of completions it is called at once; read by a profile it is registered.",
    'if [ "${funcstack[1]}" = "_greentic_runner" ]; then _greentic_runner "$@"; else compdef _greentic_runner greentic-runner; fi',
    "",
  ].join("\n");
}

/** A word between single quotes, as fish escapes them. */
function fished(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function fish(): string {
  const line = (...words: string[]) => ["complete -c greentic-runner", ...words].join(" ");
  const seen = (name: string) => `-n '__fish_seen_subcommand_from ${name}'`;
  return [
    "# Completions of greentic-runner for fish.",
    line("-f"),
    line("-n __fish_use_subcommand -F"),
    ...COMMAND_NAMES.map((name) =>
      line(`-n __fish_use_subcommand -a ${name} -d ${fished(COMMANDS[name].summary)}`)
    ),
    ...actionBranches((command, words) => line(seen(command), `-a ${fished(words)}`)),
    ...[commandsWith("pack"), commandsWith("run"), commandsWith("folder")].flatMap((names) =>
      names.split("|").map((name) => line(seen(name), "-F"))
    ),
    ...COMMAND_NAMES.flatMap((name) =>
      optionsOfCommand(name).map((option) => line(seen(name), ...fishOption(option)))
    ),
    "",
  ].join("\n");
}

function fishOption(option: Option): string[] {
  const kind = kindOf(option);
  const value = {
    none: [],
    words: ["-x", "-a", fished(wordsOf(option).join(" "))],
    file: ["-r", "-F"],
    folder: ["-x", "-a", "'(__fish_complete_directories)'"],
    text: ["-x"],
  }[kind];
  const letter = option.letter === undefined ? [] : ["-s", option.letter];
  return ["-l", option.name, ...letter, ...value, "-d", fished(optionText(option))];
}

/** A word between single quotes, as PowerShell escapes them. */
function powered(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function powershell(): string {
  const list = (words: readonly string[]) => `@(${words.map(powered).join(", ")})`;
  const table = (entries: readonly (readonly [string, readonly string[]])[]) =>
    entries.map(([name, words]) => `    ${powered(name)} = ${list(words)}`);
  const actions = COMMAND_NAMES.flatMap((name) => {
    const { actions = [], argument } = COMMANDS[name];
    const words = argument === "command" ? COMMAND_NAMES : actions;
    return words.length === 0 ? [] : [[name, words] as const];
  });
  const words = allOptions().filter((option) => kindOf(option) === "words")
    .flatMap((option) => spellings(option).map((spelling) => [spelling, wordsOf(option)] as const));
  return [
    "# Completions of greentic-runner for PowerShell.",
    "Register-ArgumentCompleter -Native -CommandName greentic-runner -ScriptBlock {",
    "  param($word, $line, $position)",
    `  $commands = ${list(COMMAND_NAMES)}`,
    "  $options = @{",
    ...table(
      COMMAND_NAMES.map((name) => [name, optionsOfCommand(name).flatMap(spellings)] as const),
    ),
    "  }",
    "  $values = @{",
    ...table(words),
    "  }",
    "  $actions = @{",
    ...table(actions),
    "  }",
    "  $given = @($line.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })",
    "  $command = if ($given.Count -gt 1) { $given[1] } else { '' }",
    "  $before = $given[-1]",
    "  $found = if ($given.Count -le 1) { $commands }",
    "    elseif ($values.ContainsKey($before)) { $values[$before] }",
    "    elseif ($word.StartsWith('-')) { if ($options.ContainsKey($command)) { $options[$command] } else { $options['run'] } }",
    "    elseif ($given.Count -eq 2 -and $actions.ContainsKey($command)) { $actions[$command] }",
    "    else { @() }",
    "  $found | Where-Object { $_ -like ($word + '*') } | ForEach-Object {",
    "    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)",
    "  }",
    "}",
    "",
  ].join("\n");
}
