// Why a decision does not fit, in words that say what would. Pure.
#pragma once

#include "base/result.h"
#include "deployment-scripts/decision.h"

namespace exo {

// `does-not-fit`, of a decision that fits no phase. Undo and verify have words of their own: undo_decision.h.
Error does_not_fit(const Decision& decision, const DecisionView& view);

}  // namespace exo
