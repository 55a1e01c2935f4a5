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
