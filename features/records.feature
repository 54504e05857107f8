Feature: a script goes through the records of a stream, over as many attempts as it takes

  As a developer whose script moves sixty thousand records
  I want it to go on where it was when something went wrong
  So that a crash costs a moment, and not the night.

  Rules
  - A checkpoint is saved every so many records, when all that was sent for them is delivered.
  - The next attempt goes on exactly behind the last checkpoint, also under another host.
  - What was done behind the checkpoint is done once more, and nothing else.
  - A stream that changed under it is named.

  Background:
    Given the services visits, signals and greeter@0.0.1

  @smoke
  Scenario Outline: an attempt is killed on its way, in <language>
    Given the service greeter@0.0.2
    And its script deployment-scripts/greeter-0.0.2.<extension> writes records 1 to 50 into the book, saves a checkpoint every 10 and is killed at 25 in attempt 1
    And its script has at most 2 attempts with pauses from 100 ms
    When exo runs the application
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the book holds records 1 to 50, of which only 21 to 24 may be there twice
    And the history has checkpoints after 10, 20, 30, 40, 50 and 50 records of greeter@0.0.2

    Examples:
      | language   | extension |
      | JavaScript | js        |
      | Python     | py        |

  Scenario Outline: the host is killed on the way, in <language>
    Given the service greeter@0.0.2
    And its script deployment-scripts/greeter-0.0.2.<extension> writes records 1 to 50 into the book, saves a checkpoint every 10 and waits at 25 in attempt 1
    When exo begins to run the application
    Then the offline script of greeter@0.0.2 waits for its signal
    And exo status tells of greeter@0.0.2 that 20 of 50 are durable, and how far its script says it is
    When the host is killed with SIGKILL
    And exo runs the application
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the book holds records 1 to 50, of which only 21 to 24 may be there twice

    Examples:
      | language   | extension |
      | JavaScript | js        |
      | Python     | py        |

  Scenario: records have come and gone between two attempts
    Given the service greeter@0.0.2
    And its script deployment-scripts/greeter-0.0.2.js that says:
      """
      module.exports = {
        "deployment-greeter-0.0.2-offline-start": async ({ attempt }, { each, reply, send }) => {
          const ids = attempt === 1 ? [1, 2, 3, 4] : [1, 3, 4, 5];
          await each(ids.map((id) => ({ id })), { key: "id", every: 2 }, ({ id }) => {
            if (id === 4 && attempt === 1) throw new Error("not this one");
            send("visits.add", { text: `record ${id}` });
          });
          reply("deployment-greeter-0.0.2-offline-done");
        },
      };
      """
    And its script has at most 2 attempts with pauses from 100 ms
    When exo runs the application
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And exo logs greeter-0.0.2-offline-1 --attempt 2 shows "the stream has changed: 2 records were done up to the key 2, and 1 are there now" and not "not this one"
    And the book holds records 1 to 5, of which only 3 to 3 may be there twice
