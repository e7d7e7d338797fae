package dev.tandem.bench;

import java.util.List;

/**
 * Which ways are compared with each other: those that promise the same of what they have acknowledged.
 *
 * @param ways the first one is the measure of the others
 */
record Contest(String promise, List<Way> ways) {
    static final Contest DISK = new Contest(
            "what is acknowledged is on disk",
            List.of(Way.REDIS_ALWAYS, Way.NODES_FSYNC, Way.MEMBERS_FSYNC, Way.SQLITE));
    static final Contest MEMORY =
            new Contest("nobody waits for a disk", List.of(Way.REDIS_NONE, Way.NODES_NONE, Way.MEMBERS_NONE));
    static final List<Contest> ALL = List.of(DISK, MEMORY);

    /** All ways that can be compared. */
    static List<Way> everyWay() {
        return ALL.stream().flatMap(contest -> contest.ways.stream()).toList();
    }

    /** What the others are compared with. */
    Way measure() {
        return ways.get(0);
    }
}
