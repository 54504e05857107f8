Feature: the verbs of the command line

  As a person, or as a script of a person
  I want to ask exo about an application whether it runs or not
  So that I know what is live, what is held, and why.

  Rules
  - `exo status` and `exo history` answer from the running host, and from the ledger when none runs.
  - What machines read keeps its keys.
  - A wrong word is answered with a hint and exit code 2.
  - Nothing but `.exo/`, which ignores itself, appears in the application's folder.

  @smoke
  Scenario: status while the application runs
    Given the services visits and greeter@0.0.1
    When exo runs the application
    Then exo status --json names the application, the environment local and the running host
    And it lists greeter@0.0.1 with the documented keys, live, open and one running instance
    And exo status prints a table with greeter, 0.0.1, live and open

  Scenario: status when nothing runs
    Given the services visits and greeter@0.0.1
    When exo runs the application
    And exo run is stopped with SIGINT
    Then exo status --json says that no host runs
    And it lists greeter@0.0.1 with the documented keys, live, open and no running instance
    And exo status prints a table with greeter, 0.0.1, live and open

  Scenario: from a folder within the application
    Given the services visits and greeter@0.0.1
    When exo runs the application
    Then exo status in the folder greeter-0.0.1 prints the same as in the application's folder

  Scenario: status of an application that never ran
    Given the service greeter@0.0.1
    Then exo status --json says that no host runs

  Scenario Outline: history <when>
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds and whose online phase succeeds
    When exo runs the application
    And <what follows>
    Then exo history --json prints an object a line with the documented keys, oldest first
    And the history tells in this order about greeter@0.0.1:
      | event              | phase   |
      | version-introduced |         |
      | attempt-started    | offline |
      | attempt-done       | offline |
      | gate-opened        |         |
      | attempt-started    | online  |
      | attempt-done       | online  |
      | version-live       |         |
    And exo history prints a line for each

    Examples:
      | when                            | what follows                   |
      | while the application runs      | exo run goes on                |
      | after the application has ended | exo run is stopped with SIGINT |

  Scenario: version
    Then exo --version prints the version and the commit

  Scenario Outline: help for <verb>
    Then exo <verb> --help explains the verb with an example

    Examples:
      | verb       |
      | run        |
      | status     |
      | history    |
      | logs       |
      | send       |
      | init       |
      | add        |
      | script     |
      | test       |
      | report     |
      | completion |

  Scenario Outline: a wrong word: exo <words>
    When somebody types exo <words>
    Then it exits with code 2 and hints at "<hint>"

    Examples:
      | words               | hint       |
      | rnu                 | exo run    |
      | frobnicate          | run        |
      | status --jsno       | --help     |
      | run --environment   | --help     |

  Scenario: the working tree stays as it was
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    And the application is committed to git
    When exo runs the application
    And somebody asks for status and history
    Then git sees no change in the application
    When exo run is stopped with SIGINT
    And somebody asks for status and history
    Then git sees no change in the application
