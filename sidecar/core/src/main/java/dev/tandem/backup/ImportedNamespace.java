package dev.tandem.backup;

/**
 * What became of a namespace of a backup.
 *
 * @param records how many the file has, older ones of the same name included
 * @param applied how many of them the store took, because they were newer than what it had. One that several shards have a
 *     part of counts for each
 * @param raisedTo all versions and fencing tokens that are given out from now on are above this
 */
public record ImportedNamespace(String namespace, long records, long applied, long raisedTo) {}
