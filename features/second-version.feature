Feature: a second version of a service beside the first

  As a developer whose new search service is written in another language and has an index of its own
  I want it filled before anybody's search reaches it, while the old one answers
  So that my users never find less than before.

  Rules
  - A held version hears its own deployment script and nobody else.
  - When it is live, messages go to the newest version, unless they ask for another.
  - The old version stays, with its data.
  - A deployment script's messages to its own role go to the version that it brings in, unless they ask for an older one.

  Background:
    Given a todos service with the entries:
      | TITLE            |
      | pick a fresh fig |
      | plan the journey |
    And a todos-search service
    When the deployment script runs
    Then the todos-search service knows about these documents:
      | TITLE            |
      | pick a fresh fig |
      | plan the journey |

  Scenario: the old version answers while the new one is filled
    Given the services signals
    And version 0.0.2 of the todos-search service
    And its script, which waits for the signal when it has copied everything
    When exo is stopped and begins to run the application again
    Then the offline script of todo-search@0.0.2 waits for its signal
    And todo-search@0.0.2 is preparing, its gate is held
    And 20 searches for "fresh" are all answered by version 0.0.1
    And a search for "fresh" in version 0.0.2 with a deadline of 300 ms is refused as expired
    When the signal for the offline script is given
    Then exo run is ready
    And todo-search@0.0.2 is live, its gate is open and its offline script is done
    And 20 searches for "figs" are all answered by version 0.0.2, with scores
    And a search for "fresh" in version 0.0.1 is answered by version 0.0.1
    And a search for "fresh" in version ~0.0.2 is answered by version 0.0.2
    And a search for "fresh" in version 0.0.3 is refused as unknown-version
    And todo-search@0.0.1 is live, its gate is open
    And version 0.0.2 of the todos-search service knows about these documents:
      | TITLE            |
      | pick a fresh fig |
      | plan the journey |

  Scenario: neither script runs again, and both versions have kept their data
    Given version 0.0.2 of the todos-search service
    And its script
    When exo runs the application again
    And exo runs the application again
    Then the history says attempt-done for the offline phase of todo-search@0.0.2 1 time
    And a search for "fresh" in version 0.0.1 is answered by version 0.0.1
    And a search for "figs" in version 0.0.2 is answered by version 0.0.2

  Scenario: a script reads from the version before
    Given version 0.0.2 of the todos-search service
    And its script deployment-scripts/todo-search-0.0.2.py that says:
      """
      from exorelay import handle


      @handle("deployment-todo-search-0.0.2-offline-start")
      async def fill(start, script):
          async for todos in script.request_pages("todo-search.list", version="0.0.1"):
              for todo in todos:
                  script.send("todo-search.add", {"id": todo["id"], "title": todo["title"] + ", read from 0.0.1"})
          script.reply("deployment-todo-search-0.0.2-offline-done")
      """
    When exo runs the application again
    Then version 0.0.2 of the todos-search service knows about these documents:
      | TITLE                             |
      | pick a fresh fig, read from 0.0.1 |
      | plan the journey, read from 0.0.1 |
    And version 0.0.1 of the todos-search service knows about these documents:
      | TITLE            |
      | pick a fresh fig |
      | plan the journey |

  Scenario: a script that fails leaves the old version as it is
    Given version 0.0.2 of the todos-search service
    And its script deployment-scripts/todo-search-0.0.2.py that says:
      """
      from exorelay import handle


      @handle("deployment-todo-search-0.0.2-offline-start")
      async def fill(start, script):
          for todo in (await script.request("todos.list")).payload:
              script.send("todo-search.add", {"id": todo["id"], "title": todo["name"]})
      """
    And its script has at most 1 attempts with pauses from 10 ms
    When exo runs the application again
    Then exo run says that todo-search@0.0.2 failed because of "KeyError: 'name' (at todo-search-0.0.2.py:7)"
    And exo run says what to do next about todo-search@0.0.2
    And exo run names a log file that holds "Traceback (most recent call last)"
    And todo-search@0.0.2 is failed, its gate is held
    And 20 searches for "fresh" are all answered by version 0.0.1
