// "Did you mean …?": the known word that a misspelled one is nearest to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace exo {

// How many letters must be inserted, left out, changed or swapped with their neighbour to make one word of
// the other (each stretch edited once). Upper and lower case of ASCII count as the same.
std::size_t edit_distance(std::string_view left, std::string_view right);

// The nearest of `known`, the first one when several are as near; empty when none is near enough to be what
// was meant (a third of the letters), or when `word` is longer than any word that a person types.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

// "; did you mean \"sends\"?", or nothing when no word is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace exo
