package dev.tandem.store.raft.member;

import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.internal.cluster.Joiner;
import dev.tandem.store.raft.log.DataFolder;
import java.util.List;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;

/** Starts Hazelcast with {@link MemberExtension}. Tests put a firewall in. */
class MemberContext extends DefaultNodeContext {
    /** What Hazelcast writes before a reason. */
    private static final List<String> REASONS =
            List.of("Reason of failure for node join: ", "A Configuration mismatch was detected: ");

    private final DataFolder folder;
    private volatile @Nullable String refusal;

    MemberContext(DataFolder folder) {
        this.folder = folder;
    }

    /** Why the other members did not let this one in; null if they did. */
    @Nullable
    String refusal() {
        return refusal;
    }

    @Override
    public Joiner createJoiner(Node node) {
        return new MemberJoiner(node);
    }

    @Override
    public NodeExtension createNodeExtension(Node node) {
        // Hazelcast tells why in its log, and nowhere else.
        node.loggingService.addLogListener(Level.SEVERE, event -> {
            String message = event.getLogRecord().getMessage();
            for (String before : REASONS) {
                int at = message == null ? -1 : message.indexOf(before);
                if (at >= 0) {
                    refusal = message.substring(at + before.length());
                }
            }
        });
        return new MemberExtension(node, folder);
    }
}
