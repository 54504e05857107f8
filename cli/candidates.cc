#include "cli/candidates.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

namespace exo {
namespace {

bool is_shown(const CLI::Option& option) {
  return !option.get_group().empty();
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

bool may_repeat(const CLI::Option& option) {
  return option.get_items_expected_max() > 1;
}

std::string kind_of(const CLI::Option& option, bool as_positional) {
  return as_positional ? option.get_name(true) : option.get_type_name();
}

// "--since" and "--since=10m" alike.
const CLI::Option* find_option(const CLI::App& verb, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  return name.size() > 1 && name[0] == '-' ? verb.get_option_no_throw(name) : nullptr;
}

// The words of a verb that stand before the one that is completed, understood.
class TypedWords {
 public:
  TypedWords(const CLI::App& verb, const std::vector<std::string>& words) : verb_(verb) {
    for (const std::string& word : words) take(word);
  }

  // The option whose value comes next; null when none is waited for.
  const CLI::Option* open_option() const { return open_; }
  bool was_given(const CLI::Option& option) const { return given_.contains(&option); }
  const ApplicationOptions& application() const { return application_; }

  // The argument that a plain word would be; null when there is no further one.
  const CLI::Option* next_positional() const {
    for (const CLI::Option* option : verb_.get_options()) {
      if (option->get_positional() && (!was_given(*option) || may_repeat(*option))) return option;
    }
    return nullptr;
  }

 private:
  void take(const std::string& word) {
    if (open_ != nullptr) return note(*open_, word);
    const CLI::Option* option = find_option(verb_, word);
    if (option == nullptr) {
      if (const CLI::Option* positional = next_positional(); positional != nullptr) note(*positional, word);
      return;
    }
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) return note(*option, word.substr(equals + 1));
    given_.insert(option);
    if (takes_value(*option)) open_ = option;
  }

  void note(const CLI::Option& option, const std::string& value) {
    given_.insert(&option);
    open_ = nullptr;
    if (option.check_lname("application")) application_.folder = value;
    if (option.check_lname("environment")) application_.environment = value;
  }

  const CLI::App& verb_;
  std::set<const CLI::Option*> given_;
  const CLI::Option* open_ = nullptr;
  ApplicationOptions application_;
};

void add(Candidates& candidates, const std::string& typed, const std::string& word,
         const std::string& description) {
  if (word.starts_with(typed)) candidates.words.push_back({word, description});
}

const CLI::App* find_verb(const CLI::App& exo, const std::string& name) {
  const auto verbs = exo.get_subcommands([&name](const CLI::App* verb) { return verb->get_name() == name; });
  return verbs.empty() ? nullptr : verbs.front();
}

Candidates verbs(const CLI::App& exo, const std::string& typed) {
  Candidates candidates;
  for (const CLI::App* verb : exo.get_subcommands([](const CLI::App*) { return true; })) {
    if (!verb->get_group().empty()) add(candidates, typed, verb->get_name(), verb->get_description());
  }
  return candidates;
}

Candidates options(const CLI::App& verb, const TypedWords& before, const std::string& typed) {
  Candidates candidates;
  for (const CLI::Option* option : verb.get_options()) {
    if (!is_shown(*option) || (before.was_given(*option) && !may_repeat(*option))) continue;
    for (const std::string& name : option->get_lnames())
      add(candidates, typed, "--" + name, option->get_description());
  }
  return candidates;
}

// `written_before`: what of the typed word is no part of the value, as "--environment=".
Candidates values_for(const std::string& kind, const std::string& typed, const std::string& written_before,
                      const ApplicationOptions& application, const ValuesOf& values) {
  Candidates candidates;
  candidates.folders = kind == "FOLDER" || kind == "APPLICATION";
  if (candidates.folders) return candidates;
  for (const std::string& value : values(kind, application))
    add(candidates, typed, written_before + value, "");
  return candidates;
}

}  // namespace

Candidates find_candidates(const CLI::App& exo, const std::vector<std::string>& words,
                           const ValuesOf& values) {
  if (words.empty()) return {};
  const std::string& typed = words.back();
  const bool is_option = typed.starts_with('-');
  if (words.size() == 1) return is_option ? options(exo, TypedWords(exo, {}), typed) : verbs(exo, typed);
  const CLI::App* verb = find_verb(exo, words.front());
  if (verb == nullptr) return {};
  // A verb with verbs of its own is complete with one of them.
  if (!verb->get_subcommands([](const CLI::App*) { return true; }).empty() &&
      (words.size() > 2 || !is_option))
    return find_candidates(*verb, {words.begin() + 1, words.end()}, values);
  const TypedWords before(*verb, {words.begin() + 1, words.end() - 1});
  const auto values_of = [&](const CLI::Option& option, bool as_positional,
                             const std::string& written_before) {
    return values_for(kind_of(option, as_positional), typed, written_before, before.application(), values);
  };
  if (const CLI::Option* open = before.open_option()) return values_of(*open, false, "");
  if (is_option) {
    const std::size_t equals = typed.find('=');
    const CLI::Option* option = equals == std::string::npos ? nullptr : find_option(*verb, typed);
    return option != nullptr ? values_of(*option, false, typed.substr(0, equals + 1))
                             : options(*verb, before, typed);
  }
  const CLI::Option* positional = before.next_positional();
  return positional != nullptr ? values_of(*positional, true, "") : Candidates{};
}

}  // namespace exo
