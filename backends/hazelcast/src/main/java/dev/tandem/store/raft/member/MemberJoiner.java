package dev.tandem.store.raft.member;

import com.hazelcast.cluster.Address;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.internal.cluster.impl.TcpIpJoiner;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings members together that were cut off from each other, but not two clusters that only have the same name: one of them
 * would give itself up for the other.
 */
final class MemberJoiner extends TcpIpJoiner {
    private static final Logger LOG = LoggerFactory.getLogger(MemberJoiner.class);
    private static final long ANSWER_SECONDS_MAX = 3;

    MemberJoiner(Node node) {
        super(node);
    }

    @Override
    public void doJoin() {
        ((MemberExtension) node.getNodeExtension()).tellWhoItIs();
        super.doJoin();
    }

    @Override
    protected void startClusterMerge(Address target, int membersVersion) {
        MemberView theirs = view(target);
        UUID ours = GroupIdentity.cluster(node.getNodeEngine().<RaftService>getService(RaftService.SERVICE_NAME));
        if (theirs == null) {
            LOG.info("{} is not joined now, as it does not say which cluster it belongs to", target);
        } else if (ours != null && theirs.cluster() != null && !ours.equals(theirs.cluster())) {
            LOG.error(MemberExtension.ofAnotherCluster(target, node.getConfig().getClusterName()));
        } else {
            super.startClusterMerge(target, membersVersion);
        }
    }

    private @Nullable MemberView view(Address target) {
        try {
            return node.getNodeEngine()
                    .getOperationService()
                    .createInvocationBuilder(RaftService.SERVICE_NAME, new ViewOperation(), target)
                    .setTryCount(1)
                    .<MemberView>invoke()
                    .get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("{} does not answer: {}", target, e.toString());
            return null;
        }
    }
}
