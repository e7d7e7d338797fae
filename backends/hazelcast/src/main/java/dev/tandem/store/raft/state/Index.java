package dev.tandem.store.raft.state;

/**
 * The ids of the tasks that have one value: of a queue, a label or a node.
 *
 * @param ids in the order that this index is read in
 */
record Index(String name, OrderedNames ids) {}
