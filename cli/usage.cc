#include "cli/usage.h"

#include <CLI/CLI.hpp>

#include "base/nearest_word.h"
#include "base/text.h"

namespace exo {
namespace {

// CLI11 calls these unexpected arguments; people are better served by the nearest right word.

std::string quoted(const std::string& word) {
  return "'" + printable(word) + "'";
}

std::vector<std::string> verbs_of(const CLI::App& exo) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : exo.get_subcommands([](const CLI::App*) { return true; })) {
    verbs.push_back(verb->get_name());
  }
  return verbs;
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> options;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
    for (const std::string& name : option->get_snames()) options.push_back("-" + name);
  }
  return options;
}

// `name` is what is typed before it: "exo", or "exo script".
std::string no_such_verb(const CLI::App& command, const std::string& name, const std::string& word) {
  const std::string nearest = nearest_word(word, verbs_of(command));
  return "there is no verb " + quoted(word) + (name == "exo" ? "" : " of " + name) +
         (nearest.empty() ? "; the verbs are: " + join(verbs_of(command), ", ")
                          : "; did you mean '" + name + " " + nearest + "'?");
}

std::string no_such_option(const CLI::App& command, const std::string& name, const std::string& word) {
  const std::string option = word.substr(0, word.find('='));
  const std::string nearest = nearest_word(option, options_of(command));
  return name + " has no option " + quoted(option) +
         (nearest.empty() ? "" : "; did you mean " + nearest + "?");
}

// The option that the library's text begins with; null when it names none.
const CLI::Option* option_named_in(const CLI::App& verb, const std::string& text) {
  return verb.get_option_no_throw(text.substr(0, text.find(':')));
}

std::string with_help(std::string text, const std::string& name) {
  const char* separator = text.back() == '?' ? " See: " : "; see: ";
  return std::move(text) + separator + name + " --help";
}

std::string wrong_words_of(const CLI::App& verb, const CLI::ParseError& error, const std::string& name) {
  const std::vector<std::string> extras = verb.remaining();
  if (!extras.empty() && extras.front().front() == '-') return no_such_option(verb, name, extras.front());
  if (!extras.empty() && !verbs_of(verb).empty()) return no_such_verb(verb, name, extras.front());
  if (!extras.empty()) return quoted(extras.front()) + " is one word too many for " + name;
  const CLI::Option* option = option_named_in(verb, error.what());
  if (option == nullptr || dynamic_cast<const CLI::ArgumentMismatch*>(&error) == nullptr) return error.what();
  const std::string flag = option->get_name();
  return flag + " lacks its value: " + flag + " " + option->get_type_name();
}

}  // namespace

std::string usage_error(const CLI::App& exo, const CLI::ParseError& error,
                        const std::vector<std::string>& words) {
  const CLI::App* verb = &exo;
  std::string name = "exo";
  while (!verb->get_subcommands().empty()) {
    verb = verb->get_subcommands().front();
    name += " " + verb->get_name();
  }
  if (verb != &exo) return with_help(wrong_words_of(*verb, error, name), name);
  if (words.front().rfind('-', 0) != 0) return no_such_verb(exo, name, words.front());
  return with_help(no_such_option(exo, "exo", words.front()), "exo");
}

}  // namespace exo
