"""Print a shell completion script.

examples:
  eval "$(astro-tui completion bash)"                       in ~/.bashrc
  eval "$(astro-tui completion zsh)"                        in ~/.zshrc, after compinit
  astro-tui completion fish > ~/.config/fish/completions/astro-tui.fish
  astro-tui completion powershell | Out-String | Invoke-Expression      in $PROFILE

Names of accounts and agents come from what was last listed on this machine. No requests are sent.

exit code: 0 success, 2 error. To open an account named completion: astro-tui --account completion
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_tui.cli.parsing import Parser

WORDS = "words"
"""The argument with which the scripts request candidates for the last of the words after it."""
# Each candidate is a line: the word, a tab, and what it means. An account ends with a slash, and its agent follows.
_BASH = r"""
_astro_tui() {
  local line word
  COMPREPLY=()
  while IFS= read -r line; do
    word=${line%%$'\t'*}
    if [[ $word == :files ]]; then
      compopt -o filenames
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$2")
      return
    fi
    COMPREPLY+=("$word")
    [[ $word == */ ]] && compopt -o nospace
  done < <(command astro-tui completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _astro_tui astro-tui
"""
# Works evaluated, and as a file in a folder of `fpath`, where the shell runs it when it first completes.
_ZSH = r"""
#compdef astro-tui
_astro_tui() {
  local line word meaning
  local -a plain about open
  while IFS= read -r line; do
    word=${line%%$'\t'*}
    meaning=${line#*$'\t'}
    if [[ $word == :files ]]; then
      _files
      return
    elif [[ $word == */ ]]; then
      open+=("$word")
    else
      plain+=("$word")
      about+=("${word}${meaning:+  -- $meaning}")
    fi
  done < <(command astro-tui completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${#open} )) && compadd -S '' -- "${open[@]}"
  (( ${#plain} )) && compadd -l -d about -- "${plain[@]}"
}
if [[ $funcstack[1] == _astro-tui ]]; then
  _astro_tui "$@"
else
  compdef _astro_tui astro-tui
fi
"""
_FISH = r"""
function __astro_tui_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (command astro-tui completion words -- $words[2..-1] 2>/dev/null)
  if test "$found[1]" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\n' $found
  end
end
complete -c astro-tui -f -a '(__astro_tui_complete)'
"""
_POWERSHELL = r"""
Register-ArgumentCompleter -Native -CommandName astro-tui -ScriptBlock {
  param($word, $line, $cursor)
  $words = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -le $cursor } |
    ForEach-Object { $_.ToString() })
  if (-not $word) { $words += '' }
  astro-tui completion words -- @words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
    $text, $meaning = $_ -split "`t", 2
    [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', "$text $meaning")
  }
}
"""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH, "powershell": _POWERSHELL}


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    from astro_tui.cli.parsing import Parser

    missing = f"which shell? {', '.join(f'astro-tui completion {shell}' for shell in SCRIPTS)}"
    result = Parser("completion", "|".join(SCRIPTS), __doc__, missing=missing)
    result.add_argument("shell", choices=tuple(SCRIPTS), help="the shell")
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return 0. Raises ConfigError for an unknown shell."""
    from astro_tui.cli.streams import write_out
    from astro_tui.text.styled import Printable, printable

    if arguments[:2] == [WORDS, "--"]:
        from astro_tui.cli.completing import CommandLine

        candidates = CommandLine(arguments[2:]).candidates()
        # The tab is for the shell.
        write_out(Printable(printable(word, end="\t") + printable(meaning)) for word, meaning in candidates)
        return 0
    write_out(map(printable, SCRIPTS[parser().parse_args(arguments).shell].strip().splitlines()))
    return 0
