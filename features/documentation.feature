Feature: the documentation tells the truth

  As a newcomer
  I want every command in the documentation to work as it is written
  So that I can trust the rest of it.

  Rules
  - Each command of a console block in README.md and docs/ is run, or it is one that fetches, installs, builds or
    tests exo itself; then the verb that it names is there.
  - So is each example of --help.
  - What docs/operations.md says about a ledger that is refused is typed in ledger.feature.
  - The service.yml that is shown with all its keys is one about which exo check has nothing to say.

  Scenario: the commands of the README and the docs
    Given a copy of the example application
    And the application is committed to git
    Then each command of the documentation works in it or prepares exo

  Scenario: the commands that --help shows
    Given a copy of the example application
    And the application is committed to git
    Then each command that --help shows works in it

  Scenario: the ways out of a ledger that is refused
    Then each fault of docs/operations.md has a scenario that leads out of it

  Scenario: the service.yml that the docs show
    Given a copy of the example application
    And the service.yml of the docs as one of its services
    Then exo check has nothing to say about that service
