Feature: a disk that takes nothing any more

  As an operator whose disk fills up, or fails, at night
  I want exo to begin nothing that it cannot record, and to lose nothing that it has
  So that I make room in the morning, and everything goes on.

  Rules
  - A full disk, and one that has become read-only, end no host: nothing new is begun, and why is said.
  - A host whose disk can be written again goes on by itself.
  - Where no other host could go on, none is ended by --take-over.
  - It takes root to make such a disk; whoever is root must be able to.

  Scenario: a disk that fills up
    Given the service signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal and is done
    And what exo keeps is on a small disk of its own
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And that disk fills up
    And the signal for the offline script is given
    Then exo status says that the ledger cannot be written, and that the disk is full
    And exo run goes on, and the gate of greeter@0.0.1 is held
    When there is room on that disk again
    Then exo run is ready
    And exo run tells "the ledger can be written again"
    And greeter@0.0.1 is live and its gate is open
    And the history says attempt-started for greeter@0.0.1 1 time
    And the history says attempt-done for the offline phase of greeter@0.0.1 1 time
    And exo ledger verify finds it whole

  Scenario: a disk that becomes read-only
    Given the service signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal and is done
    And what exo keeps is on a disk of its own that can fail
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And that disk becomes read-only
    And the signal for the offline script is given
    Then exo status says that the ledger cannot be written, and that the disk is read-only
    And exo run goes on, and the gate of greeter@0.0.1 is held
    When exo is started a second time on the same application
    Then the second exo run exits with code 1, names the first and offers --take-over
    When exo is started with --take-over
    Then the second exo run exits with code 1, and says that nothing could go on in the place of the first
    And exo run goes on, and the gate of greeter@0.0.1 is held
    When Ctrl-C is pressed
    Then exo run exits with code 1, and says that its stop is not in ledger.db and what to do
    When that disk is mounted anew
    Then exo ledger verify finds it whole
    And the offline script of greeter@0.0.1 is interrupted
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And the signal for the offline script is given
    Then exo run is ready
    And greeter@0.0.1 is live and its gate is open
