import type { Product } from "../entities.ts";

/** A new product. */
export function newProduct(fields: {
  id: string;
  createdSeconds: number;
  name: string;
  active?: boolean | undefined;
  description?: string | null | undefined;
  metadata?: Record<string, string>;
}): Product {
  return {
    id: fields.id,
    object: "product",
    active: fields.active ?? true,
    created: fields.createdSeconds,
    default_price: null,
    description: fields.description ?? null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: fields.metadata ?? {},
    name: fields.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: fields.createdSeconds,
    url: null,
  };
}
