/**
 * A member of the Raft groups: Hazelcast 5.4.0's implementation of Raft, with a log on disk and the groups that tasks are
 * spread over.
 *
 * <p>{@link dev.tandem.store.raft.member.RaftMember#start} is the way in, and {@link dev.tandem.store.raft.member.StoppedMembers#read} the way
 * out when too few members are left. Whatever knows {@code com.hazelcast.cp.internal}, or
 * any other package that Hazelcast does not publish, has to be in this package; a test holds it to that. Of
 * tasks it knows only that commands come in batches to be applied, and questions to be answered ({@link
 * dev.tandem.store.raft.TaskGroups}); what they mean is the business of {@code dev.tandem.store.raft.state}. Nothing
 * here may know a protocol or the router.
 */
@NullMarked
package dev.tandem.store.raft.member;

import org.jspecify.annotations.NullMarked;
