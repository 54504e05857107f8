// What the todo application's services have in common: a SQLite file in the folder that exo gives them.
#pragma once

#include <SQLiteCpp/Database.h>

#include <string>

#include "base/result.h"

namespace todo_app {

// The path of a file in $EXO_DATA; the Error names the variable when it is not set.
exo::Result<std::string> data_file(const std::string& name);

// Opens the file, makes it if it is missing, and makes the tables of `schema` (which must be harmless to
// repeat). Readers and the writer do not wait for each other; a committed transaction survives a crash of the
// process, and a power cut may take back the last of them, never half of one. Throws SQLite::Exception.
SQLite::Database open_for_writing(const std::string& path, const std::string& schema);
SQLite::Database open_for_reading(const std::string& path);

}  // namespace todo_app
