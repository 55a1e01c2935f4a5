"""`astro-tui completion`: a script that completes commands, options, accounts, and agents in a shell."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_tui.cli.parsing import Parser

WORDS = "words"
"""The argument with which the scripts request candidates for the last of the words after it."""
_EPILOG = """\
examples:
  eval "$(astro-tui completion bash)"                       in ~/.bashrc
  eval "$(astro-tui completion zsh)"                        in ~/.zshrc, after compinit
  astro-tui completion fish > ~/.config/fish/completions/astro-tui.fish

Names of accounts and agents come from what was last listed on this machine. No requests are sent.

exit code: 0 success, 2 error. To open an account named completion: astro-tui --account completion
"""
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
_ZSH = r"""
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
compdef _astro_tui astro-tui
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
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    from astro_tui.cli.parsing import Parser

    missing = "which shell? astro-tui completion bash, astro-tui completion zsh, or astro-tui completion fish"
    result = Parser("completion", "bash|zsh|fish", "Print a shell completion script.", _EPILOG, missing=missing)
    result.add_argument("shell", choices=tuple(SCRIPTS), help="the shell")
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return 0. Raises ConfigError for an unknown shell."""
    from astro_tui.cli.streams import write_out
    from astro_tui.text.styled import Printable, printable

    if arguments[:2] == [WORDS, "--"]:
        from astro_tui.cli.completing import CommandLine

        found = CommandLine(arguments[2:]).candidates()
        # The tab is for the shell.
        write_out(Printable(printable(word, end="\t") + printable(meaning)) for word, meaning in found)
        return 0
    write_out(map(printable, SCRIPTS[parser().parse_args(arguments).shell].strip().splitlines()))
    return 0
