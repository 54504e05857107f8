Feature: exo send asks the running application

  As a developer or an operator
  I want to send a message from the command line and see the answer
  So that I can try what a version does without writing a program.

  Rules
  - The message goes the way of every other: by contracts, gates and splits.
  - With --held it goes past the gate of a held version, and the ledger says so first.
  - What comes back is printed as it comes; an error ends with code 1 and says the code and the reason.

  Background:
    Given the services narrator and greeter@0.0.1

  @smoke
  Scenario: an answer
    When exo runs the application
    And somebody sends greeter.greet '{"name": "Ada"}'
    Then it ends with code 0
    And it prints "greeter@0.0.1 --[ greeter.greeted ]-> exo-operator"
    And it prints '"text": "Hello Ada"'

  Scenario Outline: an answer that holds nothing is seen all the same: <words>
    When exo runs the application
    And somebody sends <words>
    Then it ends with code 0
    And it prints "<shown>"

    Examples:
      | words          | shown                         |
      | greeter.list   | (an empty list)               |
      | narrator.go-on | (an answer without a payload) |

  Scenario: an answer for machines
    When exo runs the application
    And somebody sends greeter.greet '{"name": "Ada"}' --json
    Then it prints only '{"name":"greeter.greeted","sender":"greeter","version":"0.0.1","payload":{"text":"Hello Ada","version":"0.0.1"}}'

  Scenario: a payload from standard input
    When exo runs the application
    And somebody sends greeter.greet - with '{"name": "Grace"}' on standard input
    Then it prints '"text": "Hello Grace"'

  Scenario: another version by a pin
    Given the service greeter@0.0.2
    When exo runs the application
    And somebody sends greeter.greet --payload '{"name": "Ada"}' --version 0.0.1
    Then it prints "greeter@0.0.1 --["
    When somebody sends greeter.greet '{"name": "Ada"}' --version '>=0.0.2'
    Then it prints "greeter@0.0.2 --["

  Scenario: one activity stays with one version
    When exo runs the application
    And somebody sends greeter.greet '{"name": "Ada"}' --activity 4711
    Then it ends with code 0

  Scenario: pages are printed as they come
    When exo runs the application
    And somebody begins to send narrator.tell
    Then exo send shows "once upon a time"
    And exo send shows '{"there":"was a bus"}'
    When somebody sends narrator.go-on
    Then it ends with code 0
    And exo send shows "the end"
    And exo send ends with code 0 and has introduced its answer once

  Scenario: a message that asks for nothing
    When exo runs the application
    And somebody sends narrator.note '{"text": "remember this"}' --no-answer
    Then it ends with code 0
    And it prints nothing
    And narrator has noted "remember this"

  Scenario: a version is tried before traffic reaches it
    Given the services signals and visits
    And the service greeter@0.0.2 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.2 waits for its signal
    And somebody sends greeter.greet '{"name": "Ada"}' --version 0.0.2 --timeout 300ms
    Then it ends with code 1, saying "expired"
    When somebody sends greeter.greet '{"name": "Ada"}' --held --json
    Then it prints only '{"name":"greeter.greeted","sender":"greeter","version":"0.0.2","payload":{"text":"Hello Ada","version":"0.0.2"}}'
    And the ledger holds that greeter.greet has passed the gate of greeter@0.0.2
    When somebody sends greeter.greet '{"name": "Ada"}' --held --version 0.0.1
    Then it ends with code 1, saying "not-held: greeter@0.0.1 would receive"
    When somebody sends greeter.greet '{"name": "Ada"}' --held --no-answer
    Then it ends with code 0
    And it prints nothing
    When the signal for the offline script is given
    Then exo run is ready
    When somebody sends greeter.greet --held
    Then it ends with code 1, saying "not-held"
    And 2 messages have passed a gate

  Scenario: pages of an answer come past the gate, too
    Given the services signals and visits
    And the service narrator@0.0.2 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of narrator@0.0.2 waits for its signal
    And somebody begins to send narrator.tell --held
    Then exo send shows "once upon a time"
    When somebody sends narrator.go-on --held
    Then exo send shows "the end"
    And exo send ends with code 0 and has introduced its answer once

  Scenario Outline: what goes wrong is said: <words>
    When exo runs the application
    And somebody sends <words>
    Then it ends with code <code>, saying "<message>"
    And it prints nothing

    Examples:
      | words                                         | code | message                               |
      | greeter.gret                                  | 1    | no-receiver: no service               |
      | greeter.gret                                  | 1    | did you mean "greeter.greet"?         |
      | greeter.greet --version 9.9.9                 | 1    | unknown-version                       |
      | narrator.note '{"text":""}' --timeout 200ms   | 1    | --no-answer                           |
      | greeter.die                                   | 1    | receiver-lost                         |
      | exo.nothing                                   | 1    | no-receiver: exo has no command       |
      | greeter.greet '{name: Ada}'                   | 2    | the payload is no JSON                |
      | greeter.greet --timeout soon                  | 2    | "soon" is not a duration              |
      | greeter.greet --version latest                | 2    | --version latest                      |
      | --timeout 1s                                  | 2    | MESSAGE is required                   |

  Scenario: a script that misspells a message is told the right word
    Given the service visits with a deployment script whose offline phase misspells a message
    When exo runs the application
    Then exo run says that visits@0.0.1 failed because of 'did you mean "visits.add"?'

  Scenario: nobody is there
    When somebody sends greeter.greet
    Then it ends with code 1, saying "no-host: no host runs in local"
    And it ends with code 1, saying "exo run /"
