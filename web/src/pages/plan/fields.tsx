// What can be typed or chosen of a schedule. A text stays as typed; onChange hears it while it can be
// a value.
import type {ComponentChildren} from 'preact';
import {useEffect, useState} from 'preact/hooks';
import type {ScheduleParam} from '../../api/types.ts';
import {value as written} from '../../logic/format.ts';

interface Frame {
  id: string;
  label: string;
  hint: string;
  wrong: string;              // what is wrong with the value; '' for nothing
  wide?: boolean;
}

function Field({id, label, hint, wrong, wide, children}: Frame & {children: ComponentChildren}) {
  return (
    <div class={`field${wrong ? ' wrong' : ''}${wide ? ' wide' : ''}`}>
      <label for={id}>{label}</label>
      {children}
      <small id={`${id}-hint`}>{wrong || hint}</small>
    </div>
  );
}

interface TextProps extends Omit<Frame, 'wrong'> {
  value: string;
  wants: string;              // said when the text is not allowed
  allows: (text: string) => boolean;
  problem: string;            // the server's, with the value as it is
  placeholder?: string;
  onChange: (text: string) => void;
}

const same = (a: string, b: string) => a === b || (a.trim() !== '' && b.trim() !== '' && Number(a) === Number(b));

export function TextField({value, wants, allows, problem, placeholder, onChange, ...frame}: TextProps) {
  const [text, setText] = useState(value);
  // Another value from outside (Back, a drag) replaces the text; the same number does not.
  useEffect(() => { if (!same(text, value)) setText(value); }, [value]);
  const wrong = allows(text) ? problem : wants;
  return (
    <Field {...frame} wrong={wrong}>
      <input id={frame.id} inputMode="decimal" value={text} autocomplete="off" spellcheck={false} placeholder={placeholder}
        aria-invalid={wrong !== ''} aria-describedby={`${frame.id}-hint`}
        onInput={(event) => {
          setText(event.currentTarget.value);
          if (allows(event.currentTarget.value)) onChange(event.currentTarget.value.trim());
        }} />
    </Field>
  );
}

export const isNumber = (text: string) => text.trim() !== '' && Number.isFinite(Number(text));
export const isWhole = (min: number) => (text: string) => isNumber(text) && Number.isInteger(Number(text)) && Number(text) >= min;

const usually = ({optional, default: given}: ScheduleParam) =>
  (optional ? 'may be left out' : given === null ? '' : `usually ${typeof given === 'number' ? written(given, 6) : String(given)}`);

export function ParamField({param, id, value, problem, onChange}: {
  param: ScheduleParam; id: string; value: string | undefined; problem: string; onChange: (text: string) => void;
}) {
  const {name, integer, optional, words, default: given} = param;
  const frame = {id, label: name, hint: usually(param)};
  const now = value ?? (given === null ? '' : typeof given === 'number' ? String(Number(given.toPrecision(6))) : String(given));
  if (words) {
    return (
      <Field {...frame} wrong={problem}>
        <select id={id} value={now} aria-describedby={`${id}-hint`} onChange={(event) => onChange(event.currentTarget.value)}>
          {optional && <option value="">–</option>}
          {words.map((word) => <option key={word} value={word}>{word}</option>)}
        </select>
      </Field>
    );
  }
  return (
    <TextField {...frame} value={now} problem={problem} onChange={onChange} placeholder={optional ? 'none' : undefined}
      wants={integer ? 'a whole number' : 'a number'}
      allows={(text) => (optional && text.trim() === '') || (isNumber(text) && (!integer || Number.isInteger(Number(text))))} />
  );
}

export function ListField({name, id, value, problem, onChange}: {
  name: string; id: string; value: string; problem: string; onChange: (text: string) => void;
}) {
  return (
    <TextField id={id} label={name} hint="rising, commas between them" value={value} problem={problem} wide
      wants="rising numbers with commas" allows={(text) => text.split(',').every(isNumber)} onChange={(text) => onChange(text.replace(/\s/g, ''))} />
  );
}
