Feature: a deployment script slows down while production suffers

  As a developer whose script moves much data under production's traffic
  I want to declare by what is seen that production suffers, and how slow my script is to be meanwhile
  So that nobody has to watch it, and it goes on by itself when production is well again.

  Rules
  - Production's messages count, the script's own do not.
  - It is slowed at once, and goes on at its full rate when production was well for as long as is declared.
  - A command that cannot tell counts as slow.
  - What a person has decided holds besides: the lowest rate counts.

  Background:
    Given the services visits, signals and greeter@0.0.1, which can become slow
    And the service greeter@0.0.2
    And its script deployment-scripts/greeter-0.0.2.js writes records 1 to 1500 into the book, saves a checkpoint every 50 and waits at 1501 in attempt 1

  @smoke
  Scenario: by how long production's messages take
    Given its settings
      """
      throttle:
        rate: 150/s
        when:
          p99: {message: greeter.greet, above: 60ms, within: 2s}
        slow-to: 0/s
        good-for: 1s
      """
    When exo begins to run the application
    And a client greets all the time
    And the book has come to hold 30 records
    Then exo status tells that the offline phase of greeter@0.0.2 may send 150/s
    When the greeter becomes slow
    Then exo status tells that the offline phase of greeter@0.0.2 is slowed by "greeter.greet p99 \d+ ms > 60 ms"
    And exo run shows the end of "greeter-0.0.2: offline phase is slowed to a standstill: greeter.greet p99 \d+ ms > 60 ms"
    And the book stands still
    When somebody types exo script list
    Then the list says "slowed to a standstill: greeter.greet p99"
    When the greeter is fast again
    Then exo run shows the end of "greeter-0.0.2: offline phase goes on at 150/s, after it was slowed for"
    When somebody types exo script cancel greeter@0.0.2 --reason 'seen enough'
    Then the end of the offline attempt says that it was slowed 1 time, because of "greeter.greet p99"

  Scenario: by the answer of a command, under one host and the next
    Given its settings
      """
      throttle:
        rate: 150/s
        when:
          command: test ! -e slow || { echo load 14.2; exit 1; }
          every: 1s
        slow-to: 40/s
        good-for: 1s
      """
    When the greeter becomes slow
    And exo begins to run the application
    Then exo status tells that the offline phase of greeter@0.0.2 is slowed by "says: load 14.2"
    When the host is killed with SIGKILL
    And exo begins to run the application
    Then exo status tells that the offline phase of greeter@0.0.2 is slowed by "says: load 14.2"
    When the greeter is fast again
    Then exo run shows the end of "greeter-0.0.2: offline phase goes on at 150/s, after it was slowed for"
    And greeter@0.0.2 is live, its gate is open and its offline script is done

  Scenario: by a command that gives no answer
    Given its settings
      """
      throttle:
        rate: 150/s
        when: {command: sleep 1000, every: 1s}
        slow-to: 0/s
      """
    When exo begins to run the application
    Then exo status tells that the offline phase of greeter@0.0.2 is slowed by "sleep 1000 gave no answer within 1.0 s"
    When somebody types exo script pause greeter@0.0.2 --reason 'night'
    Then no process of "sleep 1000" is left

  Scenario: a host that is a service leaves no command behind, and the next one asks anew
    Given its settings
      """
      throttle:
        rate: 150/s
        when: {command: sleep 1000, every: 2s}
        slow-to: 0/s
      """
    When exo begins to host the application
    Then exo status tells that the offline phase of greeter@0.0.2 is slowed by "sleep 1000 gave no answer within 2.0 s"
    When the host alone is killed
    Then the services run on, without a host
    And no process of "sleep 1000" is left
    When exo begins to host the application
    Then exo status tells that the offline phase of greeter@0.0.2 is slowed by "sleep 1000 gave no answer within 2.0 s"

  Scenario: a message that nobody receives is refused
    Given its settings
      """
      throttle:
        when:
          p99: {message: greeter.greets, above: 60ms}
        slow-to: 20/s
      """
    When somebody types exo check
    Then it exits with code 1 and says 'greeter-0.0.2.yml:3: throttle.when.p99.message: no role receives "greeter.greets", so that nothing would ever be seen of it; did you mean "greeter.greet"?'
