/**
 * The way over the network from a sidecar without a member to the store nodes that have one.
 *
 * <p>{@link dev.tandem.store.raft.node.NodeServer} runs on a node, {@link dev.tandem.store.raft.node.NodeGroups} in the
 * sidecar. Nothing here may know Hazelcast, or the package of the members.
 */
@NullMarked
package dev.tandem.store.raft.node;

import org.jspecify.annotations.NullMarked;
