// A plug-in of clang-tidy that keeps it to our own code. clang-tidy 14 matches each check against every
// declaration of the system's headers too, and then throws away what it found there: three quarters of its
// time. Later versions leave these headers out themselves.
#include <clang-tidy/ClangTidyCheck.h>
#include <clang-tidy/ClangTidyModule.h>
#include <clang-tidy/ClangTidyModuleRegistry.h>
#include <clang/AST/ASTContext.h>

#include <vector>

namespace {

using clang::ast_matchers::MatchFinder;

// Finds nothing itself. It meets the translation unit before anything in it is visited, and narrows the
// visit.
class OwnSources final : public clang::tidy::ClangTidyCheck {
 public:
  using ClangTidyCheck::ClangTidyCheck;

  void registerMatchers(MatchFinder* finder) override {
    finder->addMatcher(clang::ast_matchers::translationUnitDecl().bind("unit"), this);
  }

  void check(const MatchFinder::MatchResult& found) override {
    std::vector<clang::Decl*> ours;
    for (clang::Decl* declaration : found.Nodes.getNodeAs<clang::TranslationUnitDecl>("unit")->decls()) {
      if (is_ours(*declaration, *found.SourceManager)) ours.push_back(declaration);
    }
    found.Context->setTraversalScope(ours);
  }

 private:
  // What a macro of a library makes, like a TEST, is where the macro is used.
  static bool is_ours(const clang::Decl& declaration, const clang::SourceManager& sources) {
    const clang::SourceLocation place = sources.getExpansionLoc(declaration.getLocation());
    return place.isValid() && !sources.isInSystemHeader(place);
  }
};

class Module final : public clang::tidy::ClangTidyModule {
 public:
  void addCheckFactories(clang::tidy::ClangTidyCheckFactories& factories) override {
    factories.registerCheck<OwnSources>("exo-own-sources");
  }
};

const clang::tidy::ClangTidyModuleRegistry::Add<Module> kModule("exo", "keeps clang-tidy to our own code");

}  // namespace
