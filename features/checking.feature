Feature: what is wrong is told before anything runs

  As a developer who makes mistakes
  I want all of them told at once, with where they are and how to mend them
  So that I need not find them one by one in a fleet that does not start.

  Rules
  - `exo check` and `exo run` find the same mistakes: all of all services that can be read, by file and line.
  - A mistake keeps everything from starting, a warning nothing.
  - What machines read keeps its keys.
  - Neither `exo check` nor `exo doctor` leaves a trace in the application's folder.

  @smoke
  Scenario: an application without a mistake
    Given the services visits and greeter@0.0.1
    When somebody types exo check
    Then it exits with code 0 and says "feature: no mistake"

  Scenario: check and run tell the same mistakes
    Given an application.yml that says:
      """
      nam: broken
      services:
        todo:
          location: ./todo
        web:
          locaton: ./web
      """
    And a todo/service.yml that says:
      """
      type: workr
      development:
        scripts:
          run: node todo.js
      local:
        secrets: [NEVER_SET]
      """
    When somebody types exo check
    Then it exits with code 1 and says "4 mistakes"
    And exo run refuses to start with the same mistakes

  Scenario: a warning keeps nothing from starting
    Given the service greeter@0.0.1
    And a deployment script of greeter@0.0.7 whose offline phase succeeds
    When somebody types exo check
    Then it exits with code 0 and says "it is not run: greeter has no version 0.0.7"
    When somebody types exo check --strict
    Then it exits with code 1 and says "1 warning"
    When exo runs the application
    Then exo run shows the warnings of exo check

  Scenario: mistakes for machines
    Given an application.yml that says:
      """
      name: broken
      services:
        web: {location: ./web}
      """
    And a web/service.yml that says:
      """
      type: pubic
      development: {scripts: {run: node web.js}}
      """
    When somebody types exo check --json
    Then it exits with code 1 and prints the mistake with the documented keys:
      | file            | line | key  | value | nearest |
      | web/service.yml | 1    | type | pubic | public  |

  Scenario: a machine that lacks nothing
    Given the services visits and greeter@0.0.1
    When somebody types exo doctor
    Then it exits with code 0 and says "nothing is lacking"

  Scenario: a machine that lacks a program
    Given the service visits whose command is "./no-such-program" and which has 2 s to get ready
    When somebody types exo doctor --json
    Then it exits with code 1 and prints the finding "program" that is lacking, with a fix

  Scenario: where no application is
    When the machine is looked at where no application is
    Then it exits with code 0 and says "none here"

  Scenario: a doctor of a running application
    Given the service page
    When exo runs the application on the port that page states
    And somebody types exo doctor
    Then it exits with code 0 and says "the host that runs listens there"

  Scenario: no trace
    Given the services visits and greeter@0.0.1
    And the application is committed to git
    When somebody types exo check
    And somebody types exo doctor
    Then git sees no change in the application
    And no state folder is there
