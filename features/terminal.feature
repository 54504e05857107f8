Feature: what exo shows fits the terminal that it is on

  As a person at a terminal
  I want tables that fit it, progress that I can watch and colours that help
  So that I see what matters at a glance.

  Rules
  - On a terminal, tables are cut to its width, progress is one line that is drawn again, and there are colours unless
    NO_COLOR is set.
  - Elsewhere everything is plain lines.

  Background:
    Given the services signals, visits and greeter@0.0.1
    And the service greeter@0.0.2 with a deployment script whose offline phase says how far it is and waits for the signal

  Scenario Outline: exo status in <columns> columns
    When exo begins to run the application
    And the offline script of greeter@0.0.2 has said how far it is
    And exo status is typed in a terminal of <columns> columns
    Then no line of the table is wider than the terminal
    And the table names signals@0.0.1, visits@0.0.1, greeter@0.0.1 and greeter@0.0.2 in full
    And the table <cut>
    When the signal for the offline script is given
    Then exo run is ready

    Examples:
      | columns | cut                                              |
      | 80      | is cut with "…"                                  |
      | 140     | shows "running 27000 of 60000, größere Änderungen" |

  Scenario Outline: colours <where>
    When exo begins to run the application
    And the offline script of greeter@0.0.2 has said how far it is
    Then exo status <where> has <colours>
    When the signal for the offline script is given
    Then exo run is ready

    Examples:
      | where                           | colours    |
      | on a terminal                   | colours    |
      | on a terminal with NO_COLOR set | no colours |
      | in a pipe                       | no colours |

  Scenario: history on a terminal, and in a pipe
    When exo begins to run the application
    And the offline script of greeter@0.0.2 has said how far it is
    And exo history is typed in a terminal of 60 columns
    Then no word of the history is broken, and what goes on stands below its event
    And exo history in a pipe has an event a line
    When the signal for the offline script is given
    Then exo run is ready

  Scenario: progress of a script on a terminal
    When exo run is typed in a terminal of 100 columns
    Then the last line of the terminal is "deployment-greeter-0.0.2: offline phase  [#####.......]  45 %  27,000 of 60,000  größere Änderungen"
    When the signal for the offline script is given
    Then the terminal shows "exo: ready", and no progress any more
    When C-c is pressed in the terminal
    Then the terminal shows "exo: stopping", and no progress any more

  Scenario: rate and time left of a script on a terminal
    Given a deployment script of greeter@0.0.2 whose offline phase goes on and on until the signal
    When exo run is typed in a terminal of 120 columns
    Then the last line of the terminal shows a bar, the share of 60,000, the rate and the time left
    And it goes on to count
    When the signal for the offline script is given
    Then the terminal shows "exo: ready", and no progress any more

  Scenario: progress of a script in a pipe
    When exo begins to run the application
    Then exo run says "exo: deployment-greeter-0.0.2: offline phase: 45 %, 27,000 of 60,000" at the beginning of a line
    When the signal for the offline script is given
    Then exo run is ready
    And exo run has drawn nothing again

  Scenario: a script that says nothing is quiet, on a terminal and in exo status
    Given a deployment script of greeter@0.0.2 whose offline phase hangs
    When exo run is typed in a terminal of 100 columns
    Then the last line of the terminal is "deployment-greeter-0.0.2: offline phase  quiet for N s", in which N is at least 10
    And exo status tells that the offline script of greeter@0.0.2 is quiet for at least 10 s
    When C-c is pressed in the terminal
    Then the terminal shows "exo: stopping", and no progress any more

  Scenario: a script that says nothing is quiet, in a pipe
    Given a deployment script of greeter@0.0.2 whose offline phase hangs
    When exo begins to run the application
    Then exo run says "exo: deployment-greeter-0.0.2: offline phase: quiet for 10 s" at the beginning of a line
    And exo run has drawn nothing again

  Scenario Outline: exo <verb> breaks lines at words
    Given a greeter-0.0.1/service.yml that says:
      """
      version: 1.0
      type: wroker
      development: {scripts: {run: node greeter.js}}
      """
    When exo <verb> is typed in a terminal of 70 columns
    Then no word of exo <verb> is broken, and further lines stand further in

    Examples:
      | verb   |
      | check  |
      | doctor |
