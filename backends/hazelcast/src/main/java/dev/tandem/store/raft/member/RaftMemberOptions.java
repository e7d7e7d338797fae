package dev.tandem.store.raft.member;

import dev.tandem.store.raft.log.Durability;
import dev.tandem.store.raft.log.LogSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Which cluster a {@link RaftMember} belongs to, where it listens, where it keeps its data, and how soon it takes a leader for
 * dead.
 *
 * @param cluster the cluster's name; members with another one are not talked to
 * @param host the address that this member listens on and is known by
 * @param port the port that this member listens on; no other one is tried
 * @param members {@code host:port} of all members, this one's too
 * @param votingMembers how many members vote; 1 of 3 and 2 of 5 may fail. The same on all members, and fixed at the first start
 * @param groups how many Raft groups the tasks are spread over; the same on all members, and fixed at the first start
 * @param folder the data folder
 * @param durability when an entry counts as written
 * @param log how the log is cut
 * @param timings how soon things are noticed
 * @param memory how much of it a group's entries may take
 * @param snapshotEntries after how many entries a group's state is taken at the latest, so that the entries before can leave the
 *     memory
 * @param uncommittedEntriesMax how many entries of a group may wait for a majority; more are turned away and tried again
 */
public record RaftMemberOptions(
        String cluster,
        String host,
        int port,
        List<String> members,
        int votingMembers,
        int groups,
        Path folder,
        Durability durability,
        LogSettings log,
        Timings timings,
        Memory memory,
        int snapshotEntries,
        int uncommittedEntriesMax) {

    /** More groups cost threads and flushes, and bring nothing. */
    static final int GROUPS_MAX = 64;

    static final int VOTING_MEMBERS_MAX = 7;
    private static final int PORT_MAX = 65_535;
    private static final long MEMORY_BYTES_MIN = 4 * 1024 * 1024;
    private static final long MEMORY_BYTES_MAX = 64 * 1024 * 1024;

    /**
     * How soon things are noticed. A leader is given up after {@code heartbeat} times {@code heartbeatsMissed}, and the next one
     * is there a few round trips later.
     *
     * @param heartbeat how often a leader that has nothing to say says so
     * @param heartbeatsMissed how many of these may be missed
     * @param election how long candidates wait for votes, at least
     * @param gone after how long without a sign a member is taken off the list of the living
     * @param rejoin how often members that were cut off look for the others
     * @param retry how long a call that met no leader waits before it is tried again
     * @param call how long a call is tried at most
     */
    public record Timings(
            Duration heartbeat,
            int heartbeatsMissed,
            Duration election,
            Duration gone,
            Duration rejoin,
            Duration retry,
            Duration call) {
        /** For members in one data centre. */
        public static final Timings DEFAULTS = new Timings(
                Duration.ofMillis(100),
                5,
                Duration.ofMillis(300),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofMillis(20),
                Duration.ofSeconds(30));
    }

    /**
     * What the entries of a group that are applied already may take of the memory. A member that lags by no more than they
     * are is sent entries; any other is sent the state.
     *
     * @param logBytes usually
     * @param logBytesWhileSending while a member is sent the state, which it needs the entries behind
     */
    public record Memory(long logBytes, long logBytesWhileSending) {
        /** A small part of what this JVM may take, and a large one for as long as it is needed. */
        public static Memory of(int groups) {
            long heap = Runtime.getRuntime().maxMemory() / Math.max(1, groups);
            long usually = Math.max(MEMORY_BYTES_MIN, Math.min(heap / 16, MEMORY_BYTES_MAX));
            return new Memory(usually, Math.max(usually, heap / 4));
        }
    }

    public RaftMemberOptions {
        members = List.copyOf(members);
        if (cluster.isBlank()) {
            throw new IllegalArgumentException("the cluster has no name; give it one, the same on all members");
        }
        if (port < 1 || port > PORT_MAX) {
            throw new IllegalArgumentException("port must be from 1 to " + PORT_MAX + ", not " + port);
        }
        checkVotingMembers(votingMembers, members);
        if (groups < 1 || groups > GROUPS_MAX) {
            throw new IllegalArgumentException("groups must be from 1 to " + GROUPS_MAX + ", not " + groups);
        }
        if (snapshotEntries < 1 || uncommittedEntriesMax < 1) {
            throw new IllegalArgumentException("snapshotEntries and uncommittedEntriesMax must be at least 1");
        }
    }

    private static void checkVotingMembers(int voting, List<String> members) {
        if (voting < 1) {
            throw new IllegalArgumentException(
                    "raft.voting_members must not be " + voting
                            + ": without votes there is no consensus, and what was acknowledged could be lost. Set it to 3 or 5");
        }
        if (voting % 2 == 0) {
            throw new IllegalArgumentException(
                    "raft.voting_members must be odd, not " + voting + ": " + voting + " survive no more failures than "
                            + (voting - 1) + ". Set it to " + (voting + 1) + " or " + (voting - 1));
        }
        if (voting == 1) {
            throw new IllegalArgumentException(
                    "raft.voting_members must be at least 3, not 1: Raft on one member survives no failure. Use the SQLite store");
        }
        if (voting > VOTING_MEMBERS_MAX) {
            throw new IllegalArgumentException("raft.voting_members must be " + VOTING_MEMBERS_MAX + " at most, not "
                    + voting + ": each write waits for most of them");
        }
        if (voting > members.size()) {
            throw new IllegalArgumentException("raft.voting_members is " + voting + ", but there are " + members.size()
                    + " in raft.members: " + members + ". Name all members there");
        }
    }

    /** The defaults. */
    public static RaftMemberOptions of(String cluster, String host, int port, List<String> members, Path folder) {
        return new RaftMemberOptions(
                cluster,
                host,
                port,
                members,
                3,
                1,
                folder,
                Durability.FSYNC,
                LogSettings.DEFAULTS,
                Timings.DEFAULTS,
                Memory.of(1),
                50_000,
                5_000);
    }

    public RaftMemberOptions withVotingMembers(int votingMembers) {
        return with(draft -> draft.votingMembers = votingMembers);
    }

    public RaftMemberOptions withGroups(int groups) {
        return with(draft -> {
            draft.groups = groups;
            draft.memory = Memory.of(groups);
        });
    }

    public RaftMemberOptions withDurability(Durability durability) {
        return with(draft -> draft.durability = durability);
    }

    public RaftMemberOptions withLog(LogSettings log, int snapshotEntries) {
        return with(draft -> {
            draft.log = log;
            draft.snapshotEntries = snapshotEntries;
        });
    }

    public RaftMemberOptions withTimings(Timings timings) {
        return with(draft -> draft.timings = timings);
    }

    public RaftMemberOptions withMemory(Memory memory) {
        return with(draft -> draft.memory = memory);
    }

    private RaftMemberOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options(this);
    }

    /** What can be changed, for as long as it is being changed. */
    private static final class Draft {
        private int votingMembers;
        private int groups;
        private Durability durability;
        private LogSettings log;
        private Timings timings;
        private Memory memory;
        private int snapshotEntries;

        Draft(RaftMemberOptions from) {
            votingMembers = from.votingMembers;
            groups = from.groups;
            durability = from.durability;
            log = from.log;
            timings = from.timings;
            memory = from.memory;
            snapshotEntries = from.snapshotEntries;
        }

        RaftMemberOptions options(RaftMemberOptions from) {
            return new RaftMemberOptions(
                    from.cluster,
                    from.host,
                    from.port,
                    from.members,
                    votingMembers,
                    groups,
                    from.folder,
                    durability,
                    log,
                    timings,
                    memory,
                    snapshotEntries,
                    from.uncommittedEntriesMax);
        }
    }
}
