Feature: exo logs shows what was written, by whom and when

  As an operator who wants to know what a version did
  I want its lines, its scripts' lines and exo's own in one place and in the order of time
  So that I need not know which file they are in.

  Rules
  - Lines look as in `exo run`. What a process wrote arrives byte by byte in files and pipes; on a terminal it cannot
    move the cursor.
  - Roles, versions and runs can be asked for; a word that means none is answered with the nearest that does.
  - It works whether a host runs or not.

  Background:
    Given the services talker, visits and greeter@0.0.1

  @smoke
  Scenario: everything, in the order of time
    Given the service greeter@0.0.2 with a deployment script whose offline phase says that it has failed
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    And talker says "all quiet" on its output
    And exo run is stopped with SIGINT
    Then exo logs shows in this order:
      | exo: deployment-greeter-0.0.2: offline phase started |
      | deployment-greeter-0.0.2 \| last words: see you      |
      | talker        \| all quiet                          |

  Scenario Outline: only what was asked for: <words>
    Given the service greeter@0.0.2 with a deployment script whose offline phase says that it has failed
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    And talker says "all quiet" on its output
    Then exo logs <words> shows "<shown>" and not "<hidden>"

    Examples:
      | words                   | shown                  | hidden                 |
      | talker                  | all quiet              | last words: see you    |
      | talker@0.0.1            | all quiet              | last words: see you    |
      | greeter                 | last words: see you    | all quiet              |
      | greeter@0.0.2           | last words: see you    | all quiet              |
      | greeter-0.0.2-offline-1 | last words: see you    | all quiet              |
      | exo                     | attempt-failed         | all quiet              |
      | talker greeter          | all quiet              | offline phase started  |

  Scenario: every line has a time, and old ones can be left out
    When exo runs the application
    And talker says "an old line" on its output
    Then exo logs talker shows "an old line" and not "a new line"
    When a moment is remembered
    And talker says "a new line" on its output
    Then exo logs talker since that moment shows "a new line" and not "an old line"
    And exo logs talker --since 1h shows "an old line" and not "much later"
    And exo logs talker --json prints an object a line with the documented keys, oldest first

  Scenario: following, and Ctrl-C
    Given exo logs --follow is begun before the application has run
    When exo runs the application
    And talker says "hear me" on its errors
    Then exo logs shows the line "talker  | hear me"
    When the log of talker is set aside and talker starts anew
    And talker says "hear me again" on its output
    Then exo logs shows the line "talker  | hear me again"
    When exo logs gets SIGINT
    Then exo logs ends with code 0

  Scenario: a reader that has seen enough
    When exo runs the application
    Then exo logs --follow ends when its reader has gone

  Scenario: a process cannot move the cursor of a terminal, and loses no byte in a pipe
    When exo runs the application
    And talker says what clears a terminal
    Then exo logs talker shows it escaped on a terminal
    And exo logs talker shows it unchanged in a pipe

  Scenario: an application that never ran
    When somebody types exo logs
    Then it ends with code 0
    And it prints "nothing has run in local yet"

  Scenario Outline: a wrong word: exo logs <words>
    When somebody types exo logs <words>
    Then it ends with code <code>, saying "<message>"

    Examples:
      | words              | code | message                            |
      | talkr              | 1    | did you mean "talker"?             |
      | greeter@0.0.3      | 1    | did you mean "greeter@0.0.1"?      |
      | frobnicate         | 1    | there are: exo, greeter            |
      | --since yesterday  | 2    | expected how long ago              |
      | --flolow           | 2    | exo logs --help                    |
