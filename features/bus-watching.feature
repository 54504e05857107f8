Feature: seeing what goes over the bus

  As a developer or an operator
  I want to look at messages as they flow, at an activity as a whole, and at figures
  So that I find out why something is slow or goes wrong without changing a service.

  Rules
  - `exo tap` shows each message in the line that logs use; the broker keeps back what was not asked for.
  - `exo trace` shows each command below the one in whose handler it was sent.
  - Figures are in `exo status --json`, and for Prometheus at the port that `--metrics` says.

  @smoke
  Scenario: messages as they flow
    Given the services narrator and greeter@0.0.1
    When exo runs the application
    And somebody taps with --payload
    And somebody sends greeter.greet '{"name": "Ada"}' --activity greeting-1
    Then the tap shows a line with "exo-operator --[ greeter.greet ]-> greeter  (id " and "activity greeting-1"
    And the tap shows a line with "greeter --[ greeter.greeted ]-> exo-operator  (id " and "answers "
    And the tap shows a line with '{"name":"Ada"}' and "    "
    When somebody sends greeter.grett
    Then the tap shows a line with "exo-operator --[ greeter.grett ]-> (nobody)  no-receiver: " and "(of "
    When the tap gets SIGINT
    Then the tap ends with code 0

  Scenario: only what is wanted, for machines, by two at once
    Given the services narrator and greeter@0.0.1
    When exo runs the application
    And somebody taps with --role narrator --json
    And somebody taps with --name 'greeter.*' --version 0.0.1 --json
    And somebody sends greeter.greet '{"name": "Ada"}' --activity one
    And somebody sends narrator.note '{"text": "two"}' --no-answer --activity two
    Then tap 1 has shown the objects "command narrator.note two"
    And tap 2 has shown the objects "command greeter.greet one" and "reply greeter.greeted one"

  Scenario: a tap that nobody reads holds nothing up
    Given the services narrator and greeter@0.0.1
    When exo runs the application
    And somebody taps with --payload --json, and stops reading
    And greeter is asked 300 times with payloads of 60000 bytes
    Then 5 greetings are all answered by version 0.0.1
    When the tap is read again
    Then the tap says that messages were left out

  Scenario: nobody to look at
    Given the service greeter@0.0.1
    When somebody types exo tap
    Then it ends with code 1, saying "no host runs in local, so nothing goes over its bus"
    When somebody types exo tap --version newest
    Then it ends with code 2, saying "expected one version such as 0.0.1"
    When somebody types exo tap --role greter
    Then it ends with code 1, saying "no service is called "greter" here; did you mean "greeter"?"
    When somebody types exo trace somewhere
    Then it ends with code 1, saying "no host runs in local"

  @smoke
  Scenario: an activity as a tree
    Given the services visits and greeter@0.0.1
    When exo runs the application
    And somebody sends greeter.overstep --activity step-1
    And somebody types exo trace step-1
    Then it ends with code 0
    And it prints "exo-operator --[ greeter.overstep ]-> greeter@0.0.1  +0.0 ms: queued "
    And it prints "greeter.overstepped after "
    And it prints "└─ greeter --[ visits.add ]-> (nobody)"
    And it prints "failed after 0.0 ms: not-allowed"
    When somebody types exo trace step-1 --json
    Then the JSON that it prints has a command greeter.overstep that is handled, and below it visits.add that has failed
    When somebody types exo trace step-2
    Then it ends with code 1, saying "the bus remembers no message of the activity "step-2""

  Scenario: an activity that is still running
    Given the services narrator and greeter@0.0.1
    When exo runs the application
    And somebody begins to send narrator.tell --activity tale
    Then exo send shows "once upon a time"
    When somebody types exo trace tale
    Then it prints "exo-operator --[ narrator.tell ]-> narrator@0.0.1"
    And it prints "running for "
    When somebody sends narrator.go-on
    Then exo send ends with code 0 and has introduced its answer once
    And exo trace tale comes to print "handled in "

  Scenario: figures in exo status
    Given the services narrator and greeter@0.0.1
    When exo runs the application
    And somebody sends greeter.greet '{"name": "Ada"}'
    And somebody sends greeter.greet '{"name": "Ada"}'
    And somebody sends greeter.grett
    Then exo status --json counts 2 commands greeter.greet to greeter@0.0.1, 2 replies and no error
    And it counts 1 command that was refused as no-receiver
    When exo run is stopped with SIGINT
    Then exo status --json knows no traffic

  @smoke
  Scenario: figures for Prometheus
    Given the services narrator and greeter@0.0.1
    When exo runs the application with --metrics 0
    And somebody sends greeter.greet '{"name": "Ada"}'
    Then the metrics are text of the format 0.0.4
    And they hold 'exo_bus_commands_total{sender="exo-operator",name="greeter.greet",receiver="greeter",version="0.0.1"} 1'
    And they hold 'exo_bus_handling_seconds_count{sender="exo-operator",name="greeter.greet",receiver="greeter",version="0.0.1"} 1'
    And they hold 'exo_version_gate_open{role="greeter",version="0.0.1"} 1'
    And they hold 'exo_version_instances_ready{role="greeter",version="0.0.1"} 1'
    And they hold 'exo_version_state{role="greeter",version="0.0.1",state="live"} 1'

  Scenario: a port that is no port
    Given the service greeter@0.0.1
    When somebody types exo run --metrics example.org:80
    Then it ends with code 2, saying "expected a port from 0 (any free one) to 65535"
