package dev.tandem.app.config;

import dev.tandem.store.raft.member.RaftMemberOptions;
import dev.tandem.store.raft.member.RaftMemberOptions.Timings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a Raft member in this process is started with.
 *
 * @param member the member
 * @param startTimeout how long it waits for most of the voting members
 */
public record RaftOptions(RaftMemberOptions member, Duration startTimeout) {
    /** How many heartbeats fit into the time after which a silent leader is given up. */
    private static final int HEARTBEATS = 5;

    /**
     * The typed view of the keys that begin with raft.
     *
     * @throws IllegalArgumentException if some of them contradict each other, with a sentence that says what to do
     */
    static RaftOptions of(Path folder, Settings settings) {
        List<HostPort> members = settings.find(Keys.RAFT_MEMBERS);
        if (members == null) {
            throw new IllegalArgumentException(
                    "raft.members is missing: say where all Raft members listen, this one too, such as "
                            + "127.0.0.1:5701,127.0.0.1:5702,127.0.0.1:5703");
        }
        HostPort listen = settings.get(Keys.RAFT_LISTEN);
        RaftMemberOptions member = RaftMemberOptions.of(
                        settings.get(Keys.RAFT_CLUSTER),
                        listen.host(),
                        listen.port(),
                        members.stream().map(HostPort::toString).toList(),
                        folder)
                .withVotingMembers(settings.get(Keys.RAFT_VOTING_MEMBERS))
                .withGroups(settings.get(Keys.RAFT_GROUPS))
                .withDurability(settings.get(Keys.RAFT_DURABILITY))
                .withTimings(timings(settings.get(Keys.RAFT_LEADER_TIMEOUT)));
        return new RaftOptions(member, settings.get(Keys.RAFT_START_TIMEOUT));
    }

    /** The defaults, stretched so that a leader is given up after {@code leaderTimeout}. */
    private static Timings timings(Duration leaderTimeout) {
        Timings defaults = Timings.DEFAULTS;
        Duration byDefault = defaults.heartbeat().multipliedBy(defaults.heartbeatsMissed());
        return new Timings(
                leaderTimeout.dividedBy(HEARTBEATS),
                HEARTBEATS,
                stretched(defaults.election(), leaderTimeout, byDefault),
                longer(defaults.gone(), leaderTimeout.multipliedBy(2)),
                defaults.rejoin(),
                defaults.retry(),
                defaults.call());
    }

    private static Duration stretched(Duration time, Duration leaderTimeout, Duration byDefault) {
        return Duration.ofMillis(Math.max(1, time.toMillis() * leaderTimeout.toMillis() / byDefault.toMillis()));
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
