import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  values: defineTable({ v: v.optional(v.any()), a: v.optional(v.any()), b: v.optional(v.any()) })
    .index("by_v", ["v"])
    .index("by_a_b", ["a", "b"])
    .index("by_nested", ["v.x.y"]),
  people: defineTable({
    name: v.string(),
    age: v.optional(v.number()),
    tags: v.optional(v.array(v.string())),
    friend: v.optional(v.id("people")),
    kind: v.optional(v.union(v.literal("a"), v.literal("b"))),
    extra: v.optional(v.object({ deep: v.record(v.string(), v.int64()) })),
  }).index("by_name", ["name"]),
  shapes: defineTable(
    v.union(
      v.object({ type: v.literal("circle"), radius: v.number() }),
      v.object({ type: v.literal("square"), side: v.number() }),
    ),
  ),
});
