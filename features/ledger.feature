Feature: a ledger that is refused, and the ways out

  As an operator who answers for production
  I want exo to name what is wrong with its ledger, and a command that leads out of it
  So that I edit nothing by hand at three in the morning, and lose nothing without being told.

  Rules
  - Whatever was done to the files: the host refuses by name, and leaves them as they are.
  - What docs/operations.md says about a fault is typed here as it is written there.
  - A repair keeps what is whole, sets the old files aside, and says in the ledger who did it, why, and what was lost.
  - Nothing is repaired while a host owns the ledger.

  Scenario Outline: <fault>
    Given an application whose rollout is done and whose ledger was exported to shop.jsonl
    When <what happened>
    Then exo run refuses the ledger as <fault> and names exo ledger repair
    And exo ledger verify refuses it as <fault> and names exo ledger repair
    And exo status refuses it and names exo ledger repair
    When what docs/operations.md says about <fault> is typed
    Then it prints where the old files are, and they are there
    And exo ledger verify finds it whole
    And the history says that ledger-repaired led out of <fault>
    When exo runs the application
    Then greeter@0.0.1 is live and its gate is open
    And the visits are "<visits>"

    Examples:
      | fault          | what happened                                       | visits                                                    |
      | head-missing   | somebody deletes .exo/local/ledger.head             | offline begins, offline ends, online begins, online ends |
      | head-damaged   | somebody cuts ledger.head off                       | offline begins, offline ends, online begins, online ends |
      | ledger-missing | somebody deletes .exo/local/ledger.db               | offline begins, offline ends, online begins, online ends |
      | ledger-behind  | the ledger.db of an earlier start is restored       | offline begins, offline ends, online begins, online ends |
      | ledger-differs | the ledger.db of another environment is copied over | offline begins, offline ends, online begins, online ends |
      | ledger-altered | somebody edits event 3                              | offline begins, offline ends, online begins, online ends |
      | ledger-damaged | ledger.db is overwritten                            | offline begins, offline ends, online begins, online ends |

  Scenario: ledger-set-back
    Given an application whose rollout is done and whose ledger was exported to shop.jsonl
    When ledger.db and ledger.head of before the rollout are restored
    Then exo ledger verify finds it whole
    And exo ledger verify --against shop.jsonl refuses it as ledger-set-back
    When what docs/operations.md says about ledger-set-back is typed
    Then exo ledger verify --against shop.jsonl finds it whole
    When exo runs the application
    Then greeter@0.0.1 is live and its gate is open
    And the visits are "offline begins, offline ends, online begins, online ends"

  Scenario: no file of it is left, which only what has run shows
    Given an application whose rollout is done and whose ledger was exported to shop.jsonl
    When somebody deletes .exo/local/ledger.db
    And somebody deletes .exo/local/ledger.head
    Then exo run refuses the ledger as ledger-missing and names exo ledger repair
    And exo ledger verify refuses it as ledger-missing and names exo ledger repair
    And exo status refuses it and names exo ledger repair
    And the refusal names keeper.jsonl and logs/greeter-0.0.1-offline-1-1.log
    When what docs/operations.md says about ledger-missing is typed
    Then exo ledger verify finds it whole
    And the history says that ledger-repaired led out of ledger-missing
    When exo runs the application
    Then greeter@0.0.1 is live and its gate is open
    And the visits are "offline begins, offline ends, online begins, online ends"

  Scenario: no file of it is left but a backup
    Given an application whose rollout is done and whose ledger was exported to shop.jsonl
    And ledger.db and ledger.head are copied to the folder backup
    When somebody deletes .exo/local/ledger.db
    And somebody deletes .exo/local/ledger.head
    And somebody types "exo ledger repair --from backup --reason 'the ledger was deleted'"
    Then exo ledger verify finds it whole
    When exo runs the application
    Then greeter@0.0.1 is live and its gate is open
    And the visits are "offline begins, offline ends, online begins, online ends"

  Scenario: no file of it is left, and it is begun anew
    Given an application whose rollout is done and whose ledger was exported to shop.jsonl
    When somebody deletes .exo/local/ledger.db
    And somebody deletes .exo/local/ledger.head
    And somebody types "exo ledger repair --reason 'it is gone'"
    Then it ends with 1 and says "exo: nothing-whole: "
    And exo run refuses the ledger as ledger-missing and names exo ledger repair
    When somebody types "exo ledger repair --begin-anew --reason 'it is gone'"
    Then it tells "whole: nothing"
    And it tells "the next host introduces every version anew and runs its deployment scripts again"
    And the history says that ledger-repaired led out of ledger-missing
    When exo runs the application
    Then the visits are "offline begins, offline ends, online begins, online ends, offline begins, offline ends, online begins, online ends"

  Scenario: nothing-whole, and what is lost runs again
    Given an application whose rollout is done and whose ledger was exported to shop.jsonl
    When somebody deletes .exo/local/ledger.db
    And somebody types "exo ledger repair --reason 'nothing was left'"
    Then it ends with 1 and says "exo: nothing-whole: "
    And it ends with 1 and says "exo ledger repair --application"
    When what docs/operations.md says about nothing-whole is typed
    Then it says that nothing is whole and that every deployment script runs again
    When exo runs the application
    Then the visits are "offline begins, offline ends, online begins, online ends, offline begins, offline ends, online begins, online ends"

  Scenario: an attempt that was under way
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And the host is killed with SIGKILL
    And somebody deletes .exo/local/ledger.head
    And somebody types "exo ledger repair --reason 'the head was deleted'"
    Then it tells "interrupted: greeter-0.0.1-offline-1 attempt 1"
    And the history says attempt-interrupted for the offline phase of greeter@0.0.1 1 time

  Scenario: while a host runs
    Given the service greeter@0.0.1
    When exo runs the application
    Then exo ledger verify finds it whole
    When somebody types "exo ledger repair --reason 'for fun'"
    Then it ends with 1 and names the host
    And 3 greetings are all answered by version 0.0.1

  Scenario: what needs no repair
    Given an application whose rollout is done and whose ledger was exported to shop.jsonl
    When somebody types "exo ledger repair --reason 'for fun'"
    Then it tells "the ledger is whole: nothing was done"
    When somebody types "exo ledger repair"
    Then it ends with 2 and says "--reason is required"
    When somebody types "exo ledger repair --reason ' '"
    Then it ends with 2 and says "--reason: it says nothing"

  Scenario: what was exported is checked without exo
    Given an application whose rollout is done and whose ledger was exported to shop.jsonl
    Then each line of shop.jsonl has the hash that docs/ledger.md describes, and the one before it
    And exo ledger export writes the same to standard output
    When somebody types "exo ledger export shop.jsonl"
    Then it ends with 1 and says "shop.jsonl is there already"

  Scenario: a checkpoint
    Given an application whose rollout is done and whose ledger was exported to shop.jsonl
    When somebody types "exo ledger checkpoint shop.checkpoint"
    And exo runs the application again
    Then exo ledger verify --against shop.checkpoint finds it whole
    When exo run is stopped with SIGINT
    And ledger.db and ledger.head of before the rollout are restored
    Then exo ledger verify --against shop.checkpoint refuses it as ledger-set-back
    When somebody changes a digit in shop.checkpoint
    And somebody types "exo ledger verify --against shop.checkpoint"
    Then it ends with 1 and says "its digest is not that of its lines"
