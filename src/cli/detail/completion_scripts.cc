// What `tarn completion` prints.

#include <cstdio>

#include "base/error.h"
#include "detail/commands.h"
#include "detail/completion.h"

namespace tarn::cli {
namespace {

constexpr const char* kBash = R"script(# Completion of tarn for bash: source <(tarn completion bash)
_tarn() {
  local line=${COMP_LINE:0:COMP_POINT} typed word glued rest
  COMPREPLY=()
  # bash splits words at : and = too, and expects only what follows the last of them.
  typed=${line##*[[:space:]]}
  glued=
  if [[ $typed == *[:=]* && $COMP_WORDBREAKS == *[:=]* ]]; then glued=${typed%"${typed##*[:=]}"}; fi
  while IFS= read -r word; do
    if [[ $word == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r rest; do COMPREPLY+=("$rest"); done < <(compgen -f -- "${typed#"$glued"}")
      continue
    fi
    word=${word%%$'\t'*}
    printf -v word '%q' "${word#"$glued"}"
    COMPREPLY+=("$word")
  done < <("${COMP_WORDS[0]}" complete --line "$line" 2>/dev/null)
  if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _tarn tarn
)script";

constexpr const char* kZsh = R"script(#compdef tarn
# Completion of tarn for zsh: in a folder of $fpath as _tarn, or source <(tarn completion zsh)
_tarn() {
  local line word files
  local -a words_ docs folders
  for line in "${(@f)$("${words[1]}" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    if [[ $line == :files ]]; then files=1; continue; fi
    word=${line%%$'\t'*}
    if [[ $word == */ ]]; then folders+=("$word"); continue; fi
    words_+=("$word")
    if [[ $line == *$'\t'?* ]]; then docs+=("$word  -- ${line#*$'\t'}"); else docs+=("$word"); fi
  done
  (( ${#words_} )) && compadd -l -d docs -a words_
  (( ${#folders} )) && compadd -S '' -a folders
  [[ -n $files ]] && _files
  return 0
}
if [[ ${funcstack[1]} == _tarn ]]; then _tarn "$@"; else compdef _tarn tarn; fi
)script";

constexpr const char* kFish = R"script(# Completion of tarn for fish: tarn completion fish | source
function __tarn_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program complete -- $words "$typed" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$typed"
        else
            echo $line
        end
    end
end
complete -c tarn -f -a '(__tarn_complete)'
)script";

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  throw Error(Code::kInvalidArgument, "There is no completion for the shell '" + shell + "'.",
              "There is one for bash, zsh and fish.");
}

int completion(Context&, const std::string& shell) {
  std::printf("%s", completion_script(shell).c_str());
  return 0;
}

}  // namespace tarn::cli
