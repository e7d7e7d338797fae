/**
 * The Raft task store: spreads tasks over Raft groups, gathers commands into batches, and puts together what several groups
 * answer.
 *
 * <p>{@link dev.tandem.store.raft.RaftTaskStore} is what others use. It reaches the groups by {@link
 * dev.tandem.store.raft.TaskGroups}, and knows neither Hazelcast nor files.
 */
@NullMarked
package dev.tandem.store.raft;

import org.jspecify.annotations.NullMarked;
