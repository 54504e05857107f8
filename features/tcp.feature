Feature: the bus over TCP, with keys

  As an operator who looks after an application from another machine
  I want the bus to listen on TCP for those alone whose keys I know
  So that nobody else on the network sees, sends or disturbs anything.

  Rules
  - `exo run --listen tcp://ADDRESS:PORT` listens besides; what goes over it is encrypted with CURVE.
  - `--bus tcp` makes the application's own processes use it too: each gets a key of its own, as EXO_CURVE_FILE.
  - Who has no key that the host made or listed is turned away, and named in exo's log with address and reason.
  - `exo key` lists people's keys; a key that is taken off the list lets nobody in any more.

  @smoke
  Scenario: the whole example over TCP
    Given a copy of the example application
    When exo runs the application over TCP
    Then todo-search@0.0.2 is live, its gate is open and its offline script is done
    And every service has reached the bus over TCP with a key of its own

  Scenario Outline: a stranger's program in <language> stays out
    Given the services greeter@0.0.1
    When exo runs the application over TCP
    And a stranger's program in <language> joins with a key that nobody has listed
    Then the stranger is told not-admitted
    And exo logs exo shows "127.0.0.1 has not come in: its key"

    Examples:
      | language   |
      | JavaScript |
      | Python     |
      | C++        |

  Scenario Outline: a program in <language> without a key stays out
    Given the services greeter@0.0.1
    When exo runs the application over TCP
    And a program in <language> without a key tries to join
    Then exo logs exo shows "has not come in: it"
    And 3 greetings are all answered by version 0.0.1

    Examples:
      | language   |
      | JavaScript |
      | Python     |

  Scenario: somebody from elsewhere
    Given the services narrator and greeter@0.0.1
    When exo runs the application over TCP
    And the key of anna is made
    And anna asks for the status from elsewhere
    Then it prints "greeter"
    When anna sends greeter.greet '{"name": "Ada"}' from elsewhere
    Then it prints '"text": "Hello Ada"'
    And exo logs exo shows "anna has joined the bus as operator-"
    When anna sends greeter.greet '{"name": "Ada"}' --activity far-1 from elsewhere
    And anna looks at the trace of far-1 from elsewhere
    Then it prints "greeter.greet"

  Scenario Outline: a program of one's own in <language>, as the README of its relay shows it
    Given a copy of the example application
    When exo runs the application over TCP
    And the key of anna is made
    And anna asks for the status from elsewhere
    And anna sends todo.add '{"title": "tea"}' from elsewhere
    And anna runs the program of the README in <language> from elsewhere
    Then it ends with code 0
    And it prints "tea"

    Examples:
      | language   |
      | JavaScript |
      | Python     |

  Scenario: a key that is taken off the list
    Given the services greeter@0.0.1
    When exo runs the application over TCP
    And the key of anna is made
    And anna asks for the status from elsewhere
    Then it ends with code 0
    When the key of anna is removed
    Then anna is soon not admitted any more

  Scenario: a list of keys with a slip in it
    Given the services greeter@0.0.1
    When exo runs the application over TCP
    And exo run is stopped with SIGINT
    And somebody writes "anna short" into .exo/local/operators
    And exo is started over TCP
    Then exo run exits with code 1 and says 'operators:1: "short" is no public key'

  Scenario: the bus keeps its keys
    Given the services greeter@0.0.1
    When exo runs the application over TCP
    And the key of anna is made
    And exo run is stopped with SIGINT
    And exo runs the application over TCP
    And anna asks for the status from elsewhere
    Then it ends with code 0

  Scenario: damaged keys of the bus
    Given the services greeter@0.0.1
    When exo runs the application over TCP
    And exo run is stopped with SIGINT
    And somebody writes "nonsense" into .exo/local/curve
    And exo is started over TCP
    Then exo run exits with code 1 and says "curve:1: "
