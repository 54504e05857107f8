// An expected outcome as a value: what was asked for, or why it could not be had.
//
// Three kinds of failure have three mechanisms in exo. A bug is an EXO_CHECK. A broken environment (a full
// disk) is an exception, caught in main or at the top of a loop. Everything that a user or a peer can cause
// is a Result: absent, refused, timed out, malformed.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace exo {

// Why something could not be had. `code` is a stable word for machines ("not-allowed"), `message` a sentence
// for people that names the value and the fix.
struct Error {
  std::string code;
  std::string message;

  bool operator==(const Error&) const = default;
};

// Either a T or an Error. Not thread-safe; owns its content. Asking for the side that is not there is a bug.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& {
    EXO_CHECK(ok());
    return *std::get_if<0>(&content_);
  }
  T& value() & {
    EXO_CHECK(ok());
    return *std::get_if<0>(&content_);
  }
  T&& value() && {
    EXO_CHECK(ok());
    return std::move(*std::get_if<0>(&content_));
  }
  const Error& error() const {
    EXO_CHECK(!ok());
    return *std::get_if<1>(&content_);
  }

 private:
  std::variant<T, Error> content_;
};

// The outcome of something that has no value to give.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}

  bool ok() const { return !failed_; }
  explicit operator bool() const { return ok(); }

  const Error& error() const {
    EXO_CHECK(failed_);
    return error_;
  }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace exo
