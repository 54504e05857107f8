// One visitor made of a lambda for each alternative of a variant.
#pragma once

namespace exo {

// std::visit(Overloaded{[](const A&) {…}, [](const B&) {…}}, variant): leaving an alternative out does not
// compile.
template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace exo
