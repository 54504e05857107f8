Feature: the data that services keep

  As somebody who runs services for years
  I want to see what they keep on the disk, for whom, and to remove what nobody needs any more
  So that no version's end costs data by mistake, and no disk fills with what nobody uses.

  Rules
  - Data outlives its version: nothing but `exo data rm` removes any.
  - What something may be at work with is never removed; what a version of the application would begin with, and what nobody can
    tell the owner of, only with `--force`.
  - The ledger knows who removed what, and why, before it is gone.

  Background:
    Given the services visits and greeter@0.0.1

  Scenario: what is there, and who keeps it there
    When somebody types exo data list
    Then it ends with code 0
    And it prints "no service has kept data in local yet"
    When exo runs the application
    And somebody types exo send visits.add '{"text": "anna"}'
    And somebody types exo data list
    Then it ends with code 0
    And the data of visits is told with 5 bytes in 1 file, and an instance of visits that runs
    When somebody types exo data rm visits --reason 'a new book' --force
    Then it ends with code 1, saying "a host runs in local"

  Scenario: what a version of the application would begin with
    Given exo run has run, and visits has kept a visit
    When somebody types exo data list --json
    Then it ends with code 0
    And the data of visits is used by visits@0.0.1, and nothing runs
    When somebody types exo data rm visits --reason 'a new book'
    Then it ends with code 1, saying "visits@0.0.1, in the application, would begin without data; when that is meant, say so with --force"
    When somebody types exo data rm visits --reason 'a new book' --force
    Then it ends with code 0
    And it prints "1 file, 5 bytes"
    And there is no data of visits any more
    And the ledger says that the data of visits was removed because of "a new book"
    When somebody types exo data rm visits --reason 'a new book' --force
    Then it ends with code 1, saying "no folder of data is named"

  Scenario: what nobody in the application uses goes without force
    Given exo run has run, and visits has kept a visit
    And the service visits is taken out of the application
    When somebody types exo data list
    Then it ends with code 0
    And it prints "nobody in the application"
    When somebody types exo data rm visits --reason 'nobody asks for it'
    Then it ends with code 0
    And there is no data of visits any more

  Scenario: whose data it is cannot be seen
    Given exo run has run, and visits has kept a visit
    And application.yml of the application is broken
    When somebody types exo data rm visits --reason 'a new book'
    Then it ends with code 1, saying "whose data it is cannot be seen, since the application has a mistake: application.yml:"
    And visits still has its data

  Scenario: a removal that is cut short is finished by the next
    Given exo run has run, and visits has kept a visit
    And a removal of data was cut short
    When somebody types exo data list
    Then it ends with code 0
    And it prints "is left of a removal that was cut short"
    When somebody types exo data rm visits --reason 'a new book' --force
    Then it ends with code 0
    And nothing is left of what was removed
    When a removal of data was cut short
    And somebody types exo data rm visits --reason 'a new book'
    Then it ends with code 0
    And nothing is left of what was removed

  Scenario: what runs although no host does keeps its data
    When exo hosts the application
    And exo stop --host-only is typed
    And somebody types exo data rm visits --reason 'a new book' --force
    Then it ends with code 1, saying "may be at work in"
    When exo stop is typed
    And somebody types exo data rm visits --reason 'a new book' --force
    Then it ends with code 0

  Scenario: what is typed wrong is refused
    When somebody types exo data rm visits
    Then it ends with code 2, saying "--reason"
    When somebody types exo data rm --reason 'a new book'
    Then it ends with code 2, saying "DATA"
