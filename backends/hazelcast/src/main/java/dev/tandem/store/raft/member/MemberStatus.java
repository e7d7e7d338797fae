package dev.tandem.store.raft.member;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a member sees its cluster.
 *
 * @param address {@code host:port} that it is known by
 * @param voter its id among those that vote; null if it does not vote
 * @param met the addresses of the members that it has met and not lost since, its own among them
 * @param voters those that vote, as the groups' group has them here; empty on a member that does not vote
 * @param groups how the groups stand here
 */
public record MemberStatus(
        String address, @Nullable UUID voter, List<String> met, List<Voter> voters, List<GroupStatus> groups) {

    /**
     * A member that votes.
     *
     * @param address where it was known last
     * @param isThere whether a member that votes answers there; one with an empty folder does not vote
     */
    public record Voter(UUID id, String address, boolean isThere) {}
}
