Feature: measuring the bus

  As whoever doubts that the bus is quick
  I want it measured beside its peers, in one sitting on my own machine
  So that I need not believe anybody's figures.

  Rules
  - Every message is checked: a peer that loses one ends the measurement.
  - Peers whose packages are missing are named and left out.

  Scenario: one short run
    When the bus is measured briefly, with all processes on one CPU
    Then the table compares exo's round trip with that of the forwarder
    And the results are written in the documented form
