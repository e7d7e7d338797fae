package dev.tandem.store.raft.member;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.impl.MemberImpl;
import com.hazelcast.config.cp.RaftAlgorithmConfig;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.persistence.CPPersistenceService;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.internal.cluster.impl.JoinMessage;
import com.hazelcast.internal.cluster.impl.JoinRequest;
import com.hazelcast.internal.cluster.impl.VersionMismatchException;
import dev.tandem.store.raft.log.DataFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where Hazelcast lets others in: persistence, what happens before a member joins, and who may. */
final class MemberExtension extends DefaultNodeExtension {
    private final DataFolder folder;
    private final Persistence persistence;
    private final GroupThreads threads;
    private volatile boolean leaving;

    MemberExtension(Node node, DataFolder folder) {
        super(node);
        this.folder = folder;
        persistence = new Persistence(node, folder);
        RaftAlgorithmConfig raft = node.getConfig().getCPSubsystemConfig().getRaftAlgorithmConfig();
        // A leader that is about to say something, and is held up for so long, is given up by the others.
        threads = new GroupThreads(
                raft.getLeaderHeartbeatPeriodInMillis() * (raft.getMaxMissedLeaderHeartbeatCount() - 1),
                System::nanoTime);
    }

    Persistence persistence() {
        return persistence;
    }

    /** Says that this member is about to end, and wants to lead nothing any more. */
    void leave() {
        leaving = true;
    }

    boolean isLeaving() {
        return leaving;
    }

    GroupThreads threads() {
        return threads;
    }

    @Override
    public CPPersistenceService getCPPersistenceService() {
        return persistence;
    }

    @Override
    public void beforeJoin() {
        MemberImpl self = node.getLocalMember();
        self.setAttribute(Attributes.GROUPS, Integer.toString(folder.identity().groups()));
        try {
            new Restore(node.getNodeEngine(), persistence).run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        persistence.getCPMetadataStore().lookAround(this::seesVoters);
    }

    /**
     * Has this member say which voter of which cluster it is, to the members that it is about to join. At its first start it
     * learns that only after it has joined them, and it can be said only before.
     */
    void tellWhoItIs() {
        RaftService raft = node.getNodeEngine().getService(RaftService.SERVICE_NAME);
        CPMemberInfo voter = raft.getLocalCPMember();
        UUID cluster = cluster();
        MemberImpl self = node.getLocalMember();
        if (voter != null && !voter.getUuid().toString().equals(self.getAttribute(Attributes.VOTER))) {
            self.setAttribute(Attributes.VOTER, voter.getUuid().toString());
        }
        if (cluster != null && self.getAttribute(Attributes.CLUSTER) == null) {
            self.setAttribute(Attributes.CLUSTER, cluster.toString());
        }
    }

    /** The cluster's own name, once this member has the groups' group; null before. */
    private @Nullable UUID cluster() {
        return GroupIdentity.cluster(node.getNodeEngine().<RaftService>getService(RaftService.SERVICE_NAME));
    }

    /** Whether there are members that have been through a start before: then this is no first start of the cluster. */
    private boolean seesVoters() {
        return node.getClusterService().getMembers().stream()
                .anyMatch(member -> member.getAttribute(Attributes.VOTER) != null);
    }

    @Override
    public void validateJoinRequest(JoinMessage joinMessage) {
        super.validateJoinRequest(joinMessage);
        if (joinMessage instanceof JoinRequest request) {
            Map<String, String> theirs = request.getAttributes();
            String groups = Integer.toString(folder.identity().groups());
            refuseUnless(
                    groups.equals(theirs.getOrDefault(Attributes.GROUPS, groups)),
                    request.getAddress() + " has " + theirs.get(Attributes.GROUPS)
                            + " groups, and the members here have " + groups + ". Set the same number on all members");
            UUID cluster = cluster();
            String other = theirs.get(Attributes.CLUSTER);
            refuseUnless(
                    cluster == null || other == null || cluster.toString().equals(other),
                    ofAnotherCluster(request.getAddress(), node.getConfig().getClusterName()));
        }
    }

    static String ofAnotherCluster(Address address, String name) {
        return address + " has the data of another cluster that is called " + name
                + ", too. Give the clusters different names, or correct the list of members";
    }

    private static void refuseUnless(boolean condition, String sentence) {
        if (!condition) {
            // The one exception of which the other side is told.
            throw new VersionMismatchException(sentence);
        }
    }

    /** What members tell each other about themselves. */
    static final class Attributes {
        static final String GROUPS = "tandem.groups";
        static final String VOTER = "tandem.voter";
        static final String CLUSTER = "tandem.cluster";

        private Attributes() {}
    }
}
