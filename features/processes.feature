Feature: exo run leaves nothing behind

  As a developer who starts and stops a fleet all day
  I want one command that owns every process it starts
  So that no port stays taken and no stray service writes into my data.

  Rules
  - However `exo run` ends, everything below it ends too: grandchildren that ignore signals included.
  - The output of each service is shown line by line with its role, and kept in a log file.
  - It exits with 0 after Ctrl-C, and with 1 when it could not start, saying what to change.

  Scenario Outline: <how>
    Given the services visits, greeter@0.0.1 and brood
    When exo runs the application
    And brood has a grandchild that ignores signals
    And <how>
    Then no process of the application is left

    @smoke
    Examples: stopped
      | how                               |
      | exo run is stopped with SIGINT    |

    Examples: ended in other ways
      | how                               |
      | exo run is stopped with SIGTERM   |
      | exo run is stopped with SIGHUP    |
      | the host is killed with SIGKILL   |
      | the keeper is killed with SIGKILL |

  Scenario Outline: stopping cleanly with <signal>
    Given the services visits and greeter@0.0.1
    When exo runs the application
    And exo run is stopped with <signal>
    Then exo run has exited with code 0

    Examples:
      | signal  |
      | SIGINT  |
      | SIGTERM |

  Scenario: stopping while a deployment script runs
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And exo run is stopped with SIGINT
    Then exo run has exited with code 0
    And no process of the application is left

  Scenario: a second Ctrl-C does not wait for a service that takes its time
    Given the services visits and lingerer
    When exo runs the application
    And Ctrl-C is pressed
    And lingerer says that it is not done yet
    And Ctrl-C is pressed
    Then exo run ends
    And no process of the application is left

  Scenario: a Ctrl-C that a wrapper passes on is not a second one
    Given the services visits and a lingerer that ends when it may
    When exo run is typed in a terminal, behind a program that passes on what it gets
    And C-c is pressed in the terminal
    Then the terminal shows "passed on" and "not done yet"
    When lingerer may end
    Then the program in the terminal ends with "done at last"

  Scenario: a service that dies is started again
    Given the service greeter@0.0.1
    When exo runs the application
    And the instance of greeter@0.0.1 is killed with SIGKILL
    Then greeter@0.0.1 has an instance again, started 1 more time
    And 3 greetings are all answered by version 0.0.1

  Scenario: a service that cannot be started
    Given the service greeter@0.0.1
    And the service visits whose command is "./no-such-program" and which has 2 s to get ready
    When exo runs the application
    Then visits@0.0.1 is failed and its gate is held
    And exo run says that visits@0.0.1 failed because of "no-such-program"
    And 3 greetings are all answered by version 0.0.1

  Scenario: the output of services
    Given the service talker
    When exo runs the application
    And talker says "all is well" on its output
    And talker says "not quite" on its errors
    Then exo run shows "all is well" behind the role talker
    And exo run shows "not quite" behind the role talker
    And the log files of talker hold "all is well" and "not quite"

  Scenario: the output of two versions of one service
    Given the services visits, talker@0.0.1 and talker@0.0.2
    When exo runs the application
    And talker@0.0.1 says "from the old one"
    And talker@0.0.2 says "from the new one"
    Then exo run shows the line "talker@0.0.1 | from the old one"
    And exo run shows the line "talker@0.0.2 | from the new one"
    And exo logs talker shows "talker@0.0.2 | from the new one" and not "talker | "

  Scenario: a second host for the same environment
    Given the service greeter@0.0.1
    When exo runs the application
    And exo is started a second time on the same application
    Then the second exo run exits with code 1 and names the first
    And 3 greetings are all answered by version 0.0.1

  Scenario Outline: <what> deleted under a running host
    Given the services visits and greeter@0.0.1
    When exo runs the application
    And somebody deletes <what>
    Then exo run says that ledger.lock "was deleted, moved or replaced under this host" and exits with code 1
    And no process of the application is left
    When exo runs the application
    Then 3 greetings are all answered by version 0.0.1

    Examples:
      | what                   |
      | .exo                   |
      | .exo/local             |
      | .exo/local/ledger.lock |

  Scenario: a host whose ledger was deleted leaves the next one alone
    Given the service greeter@0.0.1
    When exo runs the application
    And somebody deletes .exo
    And exo is started a second time on the same application
    Then the first exo run has exited with code 1
    And the second exo run is ready and can be asked for its status

  Scenario: a host that comes while the processes of a killed one still end
    Given the services visits and lingerer
    When exo runs the application
    And the host is killed with SIGKILL while lingerer takes its time
    And exo is started a second time on the same application
    Then exo run says that it waits for the processes of the killed one, and names its keeper
    And exo status answers meanwhile that the host does not answer yet, and what the ledger holds
    And exo run is ready
    And exo status --json says that the host answers

  Scenario: a disk that fills under a running host
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And the host may write nothing any more
    And the signal for the offline script is given
    Then exo status says that the ledger cannot be written, and names ledger.db
    When Ctrl-C is pressed
    Then exo run exits with code 1, and says that its stop is not in ledger.db and what to do

  Scenario: a public port that is taken
    Given the service page
    And a port that another program listens on
    When exo is started with that port for page
    Then exo run exits with code 1 and says that the port is taken

  Scenario: an application.yml that is malformed
    Given an application.yml that says:
      """
      name: broken
      services:
        todo:
          locaton: ./todo
        search: [
      """
    When exo begins to run the application
    Then exo run exits with code 1 and names application.yml with a line

  Scenario: mistakes in several files are told at once
    Given an application.yml that says:
      """
      name: broken
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
      """
    When exo begins to run the application
    Then exo run exits with code 1 and names application.yml with a line
    And it names todo/service.yml with a line

  Scenario: a folder without an application
    When exo is run in a folder without application.yml
    Then it exits with code 1 and says where it looked for application.yml
