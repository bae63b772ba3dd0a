#include "detail/line_editor.h"

#include <histedit.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>

#include "base/error.h"
#include "detail/output.h"

namespace tarn::cli {
namespace {

// A key that no terminal sends: ends the text.
constexpr const wchar_t* kAcceptKey = L"\x1b[990~";
constexpr const wchar_t* kLineUpKey = L"\x1b[991~";
constexpr const wchar_t* kLineDownKey = L"\x1b[992~";
constexpr const wchar_t* kOlderKey = L"\x1b[993~";
constexpr const wchar_t* kNewerKey = L"\x1b[994~";
constexpr std::wstring_view kPasteEnd = L"\x1b[201~";

std::string to_utf8(std::wstring_view wide) {
  std::string text;
  for (const wchar_t c : wide) {
    const auto code = std::bit_cast<std::uint32_t>(c);
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xc0 | (code >> 6));
      text += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      text += static_cast<char>(0xe0 | (code >> 12));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
      text += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      text += static_cast<char>(0xf0 | (code >> 18));
      text += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
      text += static_cast<char>(0x80 | (code & 0x3f));
    }
  }
  return text;
}

// The text is valid UTF-8: it was typed here, or comes from the history that was written here.
std::wstring to_wide(std::string_view text) {
  std::wstring wide;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const int more = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    auto code = static_cast<std::uint32_t>(more == 0 ? lead : lead & (0x3f >> more));
    for (int k = 0; k < more && i < text.size(); ++k)
      code = (code << 6) | (static_cast<unsigned char>(text[i++]) & 0x3f);
    wide += static_cast<wchar_t>(code);
  }
  return wide;
}

std::string common_prefix(const std::vector<std::string>& words) {
  std::string prefix = words.front();
  for (const auto& word : words) {
    const auto end = std::ranges::mismatch(prefix, word).in1;
    prefix.erase(end, prefix.end());
  }
  // Not half a character.
  while (!prefix.empty() && !words.front().substr(prefix.size()).empty() &&
         (static_cast<unsigned char>(words.front()[prefix.size()]) & 0xc0) == 0x80)
    prefix.pop_back();
  return prefix;
}

// libedit does so at its first read, behind the prompt: a Ctrl-C in between would be a signal, with
// which the terminal drops what is typed.
void make_interrupt_a_key() {
  termios mode{};
  if (tcgetattr(STDIN_FILENO, &mode) != 0) return;
  mode.c_lflag &= ~static_cast<tcflag_t>(ISIG);
  tcsetattr(STDIN_FILENO, TCSANOW, &mode);
}

FILE* terminal_output() {
  return fdopen(dup(isatty(STDOUT_FILENO) ? STDOUT_FILENO : STDERR_FILENO), "w");
}

}  // namespace

bool on_terminal() {
  return isatty(STDIN_FILENO) != 0 && (isatty(STDOUT_FILENO) != 0 || isatty(STDERR_FILENO) != 0);
}

struct LineEditor::Impl {
  Behaviour behaviour;
  FILE* out = nullptr;
  EditLine* edit = nullptr;
  HistoryW* history = nullptr;
  std::wstring prompt;
  bool dropped = false;
  bool bracketed_paste = false;

  explicit Impl(Behaviour wanted) : behaviour(std::move(wanted)) {
    // Only what a character is; numbers are read and written as ever.
    if (!std::setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
    if (!std::getenv("TERM")) setenv("TERM", "dumb", 0);
    bracketed_paste = std::strcmp(std::getenv("TERM"), "dumb") != 0;
    out = terminal_output();
    edit = out ? el_init("tarn", stdin, out, stderr) : nullptr;
    history = history_winit();
    if (!edit || !history) throw Error(Code::kInternal, "The terminal cannot be set up.");
    HistEventW event;
    history_w(history, &event, H_SETSIZE, kEntriesMax);
    history_w(history, &event, H_SETUNIQUE, 1);
    el_wset(edit, EL_CLIENTDATA, this);
    el_wset(edit, EL_PROMPT, &show_prompt);
    el_wset(edit, EL_EDITOR, L"emacs");
    el_wset(edit, EL_SIGNAL, 1);
    el_wset(edit, EL_HIST, history_w, history);
    bind_keys();
    // Ctrl-C is a key while a text is typed: it drops the text.
    el_wset(edit, EL_SETTY, L"-d", L"-isig", nullptr);
    // Between two texts the terminal keeps what is typed as keys, too. In canonical mode it would
    // make a Ctrl-D an end-of-file mark, which reads as a NUL once the mode is left.
    el_wset(edit, EL_SETTY, L"-x", L"-icanon", L"-echo", nullptr);
    el_source(edit, nullptr);
  }
  ~Impl() {
    if (history) history_wend(history);
    if (edit) el_end(edit);
    if (out) std::fclose(out);
  }
  Impl(const Impl&) = delete;

  void bind_keys() {
    add(L"tarn-enter", &enter, {L"\r", L"\n"});
    add(L"tarn-new-line", &new_line, {L"\x1b\r", L"\x1b\n"});
    add(L"tarn-drop", &drop, {L"\x03"});
    add(L"tarn-complete", &complete, {L"\t"});
    add(L"tarn-paste", &paste, {L"\x1b[200~"});
    add(L"tarn-up", &up, {L"\x1b[A", L"\x1bOA", L"\x10"});
    add(L"tarn-down", &down, {L"\x1b[B", L"\x1bOB", L"\x0e"});
    bind(kAcceptKey, L"ed-newline");
    bind(kLineUpKey, L"ed-prev-line");
    bind(kLineDownKey, L"ed-next-line");
    bind(kOlderKey, L"ed-prev-history");
    bind(kNewerKey, L"ed-next-history");
    bind(L"\x12", L"em-inc-search-prev");
    for (const auto* key : {L"\x1b[H", L"\x1bOH", L"\x1b[1~"}) bind(key, L"ed-move-to-beg");
    for (const auto* key : {L"\x1b[F", L"\x1bOF", L"\x1b[4~"}) bind(key, L"ed-move-to-end");
    bind(L"\x1b[3~", L"ed-delete-next-char");
    bind(L"\x1b[1;5C", L"em-next-word");
    bind(L"\x1b[1;5D", L"ed-prev-word");
  }
  void add(const wchar_t* name, unsigned char (*function)(EditLine*, wint_t),
           std::initializer_list<const wchar_t*> keys) {
    el_wset(edit, EL_ADDFN, name, name, function);
    for (const auto* key : keys) bind(key, name);
  }
  void bind(const wchar_t* key, const wchar_t* name) { el_wset(edit, EL_BIND, key, name, nullptr); }

  static Impl& of(EditLine* edit) {
    Impl* self = nullptr;
    el_wget(edit, EL_CLIENTDATA, &self);
    return *self;
  }
  static const wchar_t* show_prompt(EditLine* edit) { return of(edit).prompt.c_str(); }
  static std::wstring_view text_of(EditLine* edit) {
    const LineInfoW* line = el_wline(edit);
    return {line->buffer, static_cast<std::size_t>(line->lastchar - line->buffer)};
  }
  static std::size_t cursor_of(EditLine* edit) {
    const LineInfoW* line = el_wline(edit);
    return static_cast<std::size_t>(line->cursor - line->buffer);
  }

  static unsigned char enter(EditLine* edit, wint_t key) {
    if (!of(edit).behaviour.is_complete(to_utf8(text_of(edit)))) return new_line(edit, key);
    el_wpush(edit, kAcceptKey);
    return CC_NORM;
  }
  static unsigned char new_line(EditLine* edit, wint_t) {
    return el_winsertstr(edit, L"\n") < 0 ? CC_ERROR : CC_REFRESH;
  }
  static unsigned char drop(EditLine* edit, wint_t) {
    of(edit).dropped = true;
    el_wpush(edit, kAcceptKey);
    return CC_NORM;
  }
  // Within the text from line to line, at its first and last line through the history.
  static unsigned char up(EditLine* edit, wint_t) {
    const bool first = text_of(edit).substr(0, cursor_of(edit)).find(L'\n') == std::wstring::npos;
    el_wpush(edit, first || at_end_of_recalled(edit) ? kOlderKey : kLineUpKey);
    return CC_NORM;
  }
  static unsigned char down(EditLine* edit, wint_t) {
    const bool last = text_of(edit).substr(cursor_of(edit)).find(L'\n') == std::wstring::npos;
    el_wpush(edit, last ? kNewerKey : kLineDownKey);
    return CC_NORM;
  }
  // A text that the history brought back is passed over by the next Up, until the cursor is moved
  // or something is typed.
  static bool at_end_of_recalled(EditLine* edit) {
    return cursor_of(edit) == text_of(edit).size() && of(edit).is_recalled(text_of(edit));
  }
  // libedit itself walks through the list from its first entry each time, so this disturbs nothing.
  bool is_recalled(std::wstring_view text) const {
    HistEventW event;
    for (int more = history_w(history, &event, H_FIRST); more != -1;
         more = history_w(history, &event, H_NEXT)) {
      if (text == event.str) return true;
    }
    return false;
  }

  // Text between the marks of a bracketed paste is inserted as it is: its line ends and tabs are no
  // keys.
  static unsigned char paste(EditLine* edit, wint_t) {
    std::wstring text;
    wchar_t c = 0;
    while (text.size() < kTextBytesMax && el_wgetc(edit, &c) == 1) {
      text += c;
      if (text.ends_with(kPasteEnd)) {
        text.resize(text.size() - kPasteEnd.size());
        break;
      }
    }
    std::wstring clean;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == L'\r') {
        if (i + 1 < text.size() && text[i + 1] == L'\n') continue;
        clean += L'\n';
      } else if (text[i] == L'\t' || text[i] == L'\n' || text[i] >= 0x20) {
        clean += text[i];
      }
    }
    if (clean.empty()) return CC_NORM;
    return el_winsertstr(edit, clean.c_str()) < 0 ? CC_ERROR : CC_REFRESH;
  }

  static unsigned char complete(EditLine* edit, wint_t) {
    Impl& self = of(edit);
    const std::wstring_view wide = text_of(edit);
    const std::string text = to_utf8(wide);
    const std::size_t cursor = to_utf8(wide.substr(0, cursor_of(edit))).size();
    const Suggestions found = self.behaviour.suggest(text, cursor);
    if (found.words.empty()) return CC_ERROR;
    const std::string typed = text.substr(found.start, cursor - found.start);
    std::string better = common_prefix(found.words);
    const bool only = found.words.size() == 1;
    if (only && !better.ends_with('.') && !better.ends_with('/') && !better.ends_with('('))
      better += ' ';
    if (better.size() > typed.size() || (only && better != typed)) {
      const auto typed_characters = static_cast<int>(to_wide(typed).size());
      if (typed_characters > 0) el_deletestr(edit, typed_characters);
      return el_winsertstr(edit, to_wide(better).c_str()) < 0 ? CC_ERROR : CC_REFRESH;
    }
    self.list(found.words);
    return CC_REDISPLAY;
  }

  void list(const std::vector<std::string>& words) const {
    winsize size{};
    const bool known = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    const std::size_t columns = known ? size.ws_col : 80;
    const std::size_t shown = std::min(words.size(), kSuggestionsShownMax);
    std::size_t width = 0;
    for (std::size_t i = 0; i < shown; ++i) width = std::max(width, display_width(words[i]) + 2);
    const std::size_t in_a_line = std::max<std::size_t>(1, columns / width);
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
      if (i % in_a_line == 0) text += '\n';
      text += words[i];
      if (i % in_a_line + 1 < in_a_line) text.append(width - display_width(words[i]), ' ');
    }
    if (shown < words.size()) text += "\n… and " + std::to_string(words.size() - shown) + " more";
    std::fprintf(out, "%s\n", text.c_str());
    std::fflush(out);
  }
};

LineEditor::LineEditor(Behaviour behaviour) : impl_(std::make_unique<Impl>(std::move(behaviour))) {}
LineEditor::~LineEditor() = default;

LineEditor::Outcome LineEditor::read(const std::string& prompt, std::string& text) {
  Impl& impl = *impl_;
  impl.prompt = to_wide(prompt);
  impl.dropped = false;
  const auto paste_marks = [&impl](const char* sequence) {
    if (!impl.bracketed_paste) return;
    std::fputs(sequence, impl.out);
    std::fflush(impl.out);
  };
  paste_marks("\x1b[?2004h");
  make_interrupt_a_key();
  int count = 0;
  const wchar_t* line = el_wgets(impl.edit, &count);
  paste_marks("\x1b[?2004l");
  if (impl.dropped) return Outcome::kDropped;
  if (!line || count <= 0) return Outcome::kEnd;
  text = to_utf8({line, static_cast<std::size_t>(count)});
  if (text.ends_with('\n')) text.pop_back();
  if (text.size() > kTextBytesMax) {
    throw Error(Code::kTooLarge,
                "A text that is typed has at most " + std::to_string(kTextBytesMax) + " bytes.",
                "Run a longer script with .read FILE.");
  }
  return Outcome::kText;
}

void LineEditor::remember(const std::string& text) {
  const std::wstring wide = to_wide(text);
  HistEventW event;
  history_w(impl_->history, &event, H_ENTER, wide.c_str());
}

}  // namespace tarn::cli
