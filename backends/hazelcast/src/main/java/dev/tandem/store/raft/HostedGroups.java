package dev.tandem.store.raft;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The groups as a member in this process has them, with what others have to know to find their leaders. */
public interface HostedGroups extends TaskGroups {
    /**
     * That the member leads a group.
     *
     * @param term in which; of two members that say so, the one with the higher term is right
     */
    record Lead(int group, long term) {}

    /** The name of the cluster that the groups belong to. */
    String cluster();

    /** A random name that no other cluster has, even one that is called the same; null while the member has not met it. */
    @Nullable
    UUID clusterId();

    /** The member's own id, which it keeps for as long as its data folder. */
    UUID memberId();

    /** The groups that it leads now, as far as it knows. */
    List<Lead> leads();

    /**
     * Has {@code listener} called after each change of {@link #leads}, soon, on any thread, instead of the one before. It must be
     * quick. A change of tasks that is told before {@code leads} says so was made under the leader before.
     */
    void onLeads(Runnable listener);
}
