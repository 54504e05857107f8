// Doing something for each record of a stream, over several attempts of a deployment script.
//
// The stream comes in pages. From time to time it is saved how many records are done and, where records have
// a key, the key of the last one:
//
//   with a key      the stream is in its ascending order, and records up to the saved key are passed over;
//   records
//                   that have come or gone before it are named and do no harm
//   without one     so many records are passed over as were done; a stream that has become shorter is refused
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "bus/relays/cpp/value.h"

namespace exo {

struct EachOptions {
  // The field of a record that is its key: a number or a text. The records come in its ascending order
  // (numbers by size, texts by their bytes), each key once. Empty: records are counted.
  std::string key;
  // In place of a field.
  std::function<Value(const Value& record)> key_of;
  std::uint64_t every = 100;     // a checkpoint after so many records; at least 1
  double total = 0;              // how many records there are, for progress; 0: unknown
  std::string name = "records";  // tells it apart from others of the same script
};

// The next page; nothing after the last one.
using RecordPages = std::function<Result<std::optional<Value::List>>()>;
// What is done with a record. An Error ends the stream.
using RecordAct = std::function<Result<void>(const Value& record)>;

namespace relaying {

// What Each needs of the script around it.
class EachScript {
 public:
  virtual ~EachScript() = default;
  // What was saved under this name; nil before anything was.
  virtual Value place_of(const std::string& name) const = 0;
  // Returns when it is durable, and all that was sent before is delivered.
  virtual Result<void> save(const std::string& name, Value place) = 0;
  virtual void tell(double done, double total) = 0;
  virtual void say_changed(const std::string& what) = 0;
};

// One stream. For one thread; the script outlives it.
class Each {
 public:
  Each(EachScript& script, EachOptions options);

  // How many records are done in all.
  Result<std::uint64_t> run(const RecordPages& pages, const RecordAct& act);

 private:
  Result<void> take(const Value& record, const RecordAct& act);
  Result<void> take_key(const Value& record);
  bool is_done() const;
  Result<void> name_change();
  Result<void> save(bool finished);
  void tell_progress();
  bool has_key() const { return !options_.key.empty() || options_.key_of; }
  std::string about(const std::string& what) const { return "each '" + options_.name + "': " + what; }

  EachScript& script_;
  EachOptions options_;
  std::uint64_t saved_done_ = 0;
  Value saved_key_;
  bool finished_ = false;
  std::uint64_t done_ = 0;
  std::uint64_t passed_ = 0;   // records that were done before
  std::uint64_t unsaved_ = 0;  // done since the last save
  std::uint64_t number_ = 0;   // of the record that is looked at
  Value key_;                  // its key, or that of the last one before
  Value last_;                 // of the last record that is done
  bool change_named_ = false;
  std::optional<MonotonicTime> told_at_;
};

}  // namespace relaying
}  // namespace exo
