// What the host measures, as text that Prometheus reads (exposition format 0.0.4).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bus/traffic.h"
#include "host/process_figures.h"
#include "host/status_report.h"

namespace exo {

// Every family has its # HELP and # TYPE and all its samples in one place. Histograms are cumulative, in
// seconds, with the bounds of HistogramSummary; one that has counted nothing is left out.
std::string metrics_text(const Traffic& traffic, const std::vector<VersionReport>& versions,
                         const ProcessFigures& process);

// As the value of a label between its quotes: backslashes, quotes and line ends are escaped, bytes that are
// no UTF-8 shown as \xNN.
std::string label_value(const std::string& text);

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace exo
