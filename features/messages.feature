Feature: messages keep to contracts and gates

  As a developer of one service among many
  I want the bus to hold everybody to their contract, and to tell me when it did not deliver
  So that a message never vanishes, and never reaches a version that is not ready.

  Rules
  - A message that its sender has not declared, or that nobody receives, is refused, and its sender told why.
  - No production message reaches a held version; it goes to the version beside it.
  - A message for a service that is starting waits for it, within its deadline.
  - A message that its receiver declares at least once goes to the next instance when the one that has it dies.

  @smoke
  Scenario: a message that nobody receives
    Given the service greeter@0.0.1
    When exo runs the application
    Then the message "greeter.grett" is refused as no-receiver

  Scenario: a message that the sender's contract does not hold
    Given the services visits and greeter@0.0.1
    When exo runs the application
    And greeter is told to send a message that its contract does not hold
    Then that message is refused as not-allowed
    And the visits are ""

  Scenario: a message whose receiver dies
    Given the service greeter@0.0.1
    When exo runs the application
    Then the message "greeter.die" is refused as receiver-lost
    And 3 greetings are all answered by version 0.0.1

  Scenario: a message that is declared at least once outlives its receiver
    Given the service greeter@0.0.1
    When exo runs the application
    Then the message "greeter.endure" kills its receiver and is answered by the next, which knows that it comes again

  Scenario: a held version gets no production message
    Given the services visits and signals
    And the service greeter@0.0.1
    And the service greeter@0.0.2 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.2 waits for its signal
    Then 50 greetings are all answered by version 0.0.1
    And a greeting for version 0.0.2 with a deadline of 500 ms is refused as expired
    When the signal for the offline script is given
    Then exo run is ready
    And a greeting for version 0.0.2 is answered by version 0.0.2
    And greeter@0.0.2 has never seen the earlier greetings

  Scenario: a message for a service that is starting waits
    Given the service greeter@0.0.1 that starts only when it may
    When exo begins to run the application
    And greeter@0.0.1 is starting
    And a greeting is sent
    Then the greeting is not answered yet
    When greeter@0.0.1 may start
    Then the greeting is answered by version 0.0.1

  Scenario: a message for a service that never starts is answered when its deadline has passed
    Given the service greeter@0.0.1 that starts only when it may
    When exo begins to run the application
    And greeter@0.0.1 is starting
    Then a greeting with a deadline of 500 ms is refused as expired
