package dev.tandem.store.raft.member;

import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import dev.tandem.store.raft.log.DataFolder;

/** Starts Hazelcast with {@link MemberExtension}. */
final class MemberContext extends DefaultNodeContext {
    private final DataFolder folder;

    MemberContext(DataFolder folder) {
        this.folder = folder;
    }

    @Override
    public NodeExtension createNodeExtension(Node node) {
        return new MemberExtension(node, folder);
    }
}
